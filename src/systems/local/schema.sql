-- The embedded site. Users and contacts are kept in order of e-mail, so that reading all of them
-- is one pass, and so that writing them in that order appends.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Privileged: holds edit_posts, list_users, manage_options or another capability of that list.
CREATE TABLE roles (
    name TEXT NOT NULL PRIMARY KEY,
    privileged INTEGER NOT NULL CHECK (privileged IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO roles (name, privileged) VALUES
    ('subscriber', 0), ('customer', 0),
    ('contributor', 1), ('author', 1), ('editor', 1), ('shop_manager', 1), ('administrator', 1);

-- `id` is the site's own; `contact_id` is what the world knows: assigned here, or mirrored from
-- the contact system that owns contacts.
CREATE TABLE contacts (
    email TEXT NOT NULL PRIMARY KEY,
    id INTEGER NOT NULL UNIQUE,
    contact_id TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    opted_out INTEGER NOT NULL DEFAULT 0 CHECK (opted_out IN (0, 1))
) STRICT, WITHOUT ROWID;

-- `registered` in seconds since 1970: as a source says it, else when the user was made; of users made before
-- format 3 it is not known.
CREATE TABLE users (
    email TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL COLLATE NOCASE UNIQUE,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'subscriber' REFERENCES roles (name),
    contact INTEGER UNIQUE REFERENCES contacts (id),
    registered INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_fields (
    contact INTEGER NOT NULL REFERENCES contacts (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL CHECK (value <> ''),
    PRIMARY KEY (contact, name)
) STRICT, WITHOUT ROWID;

-- The key that a source has for the person: by it a new address is noticed.
CREATE TABLE source_keys (
    contact INTEGER NOT NULL REFERENCES contacts (id),
    source TEXT NOT NULL,
    key TEXT NOT NULL CHECK (key <> ''),
    PRIMARY KEY (contact, source)
) STRICT, WITHOUT ROWID;

-- `made_by` is the migration that made it, or wrote it last; of what is older than format 4, or made by hand, it is
-- not known.
CREATE TABLE tags (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    made_by TEXT
) STRICT;

-- Who holds which tag, and who gave it: a migration's name, or for example `admin`.
CREATE TABLE holdings (
    contact INTEGER NOT NULL REFERENCES contacts (id),
    tag INTEGER NOT NULL REFERENCES tags (id),
    granted_by TEXT NOT NULL,
    PRIMARY KEY (contact, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE offerings (
    key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('course', 'membership', 'bundle')),
    made_by TEXT
) STRICT, WITHOUT ROWID;

-- A bundle may be made before what it includes, hence no reference on `included`.
CREATE TABLE offering_includes (
    offering TEXT NOT NULL REFERENCES offerings (key),
    place INTEGER NOT NULL,
    included TEXT NOT NULL,
    PRIMARY KEY (offering, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE offering_tags (
    offering TEXT NOT NULL REFERENCES offerings (key),
    role TEXT NOT NULL CHECK (role IN ('base', 'instant', 'revoke') OR role GLOB 'module-[1-9]*'),
    tag INTEGER NOT NULL REFERENCES tags (id),
    PRIMARY KEY (offering, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE emails (
    key TEXT NOT NULL PRIMARY KEY,
    via TEXT NOT NULL CHECK (via IN ('tag', 'site', 'file')),
    per_hour INTEGER,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    made_by TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE email_offerings (
    email TEXT NOT NULL REFERENCES emails (key),
    place INTEGER NOT NULL,
    offering TEXT NOT NULL REFERENCES offerings (key),
    PRIMARY KEY (email, place)
) STRICT, WITHOUT ROWID;

-- A mark a request: the same id with the same content is answered again and not done again.
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    client TEXT NOT NULL,
    request TEXT NOT NULL,
    digest BLOB NOT NULL,
    outcomes TEXT NOT NULL,
    at INTEGER NOT NULL DEFAULT (unixepoch()),
    UNIQUE (client, request)
) STRICT;

-- Every effect ever written by a request, in the order of writing. The time is the request's.
CREATE TABLE effects (
    seq INTEGER PRIMARY KEY,
    request INTEGER NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    effect BLOB NOT NULL,
    email TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT
) STRICT;

CREATE TRIGGER effects_are_never_changed BEFORE UPDATE ON effects
BEGIN SELECT RAISE(ABORT, 'effects are append-only'); END;

CREATE TRIGGER effects_are_never_deleted BEFORE DELETE ON effects
BEGIN SELECT RAISE(ABORT, 'effects are append-only'); END;

CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    holder TEXT NOT NULL,
    who TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;

INSERT INTO meta (key, value) VALUES ('id', lower(hex(randomblob(16))));
PRAGMA application_id = 1380471629;
PRAGMA user_version = 4;
