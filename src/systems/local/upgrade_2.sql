-- Format 1 to format 2: keys of sources beside contacts, and tags of modules.
CREATE TABLE source_keys (
    contact INTEGER NOT NULL REFERENCES contacts (id),
    source TEXT NOT NULL,
    key TEXT NOT NULL CHECK (key <> ''),
    PRIMARY KEY (contact, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE offering_tags_2 (
    offering TEXT NOT NULL REFERENCES offerings (key),
    role TEXT NOT NULL CHECK (role IN ('base', 'instant', 'revoke') OR role GLOB 'module-[1-9]*'),
    tag INTEGER NOT NULL REFERENCES tags (id),
    PRIMARY KEY (offering, role)
) STRICT, WITHOUT ROWID;
INSERT INTO offering_tags_2 SELECT offering, role, tag FROM offering_tags;
DROP TABLE offering_tags;
ALTER TABLE offering_tags_2 RENAME TO offering_tags;
PRAGMA user_version = 2;
