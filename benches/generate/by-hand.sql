-- What the school's staff did on the new site between the first apply and the later set.
--     sqlite3 site.sqlite < by-hand.sql
PRAGMA foreign_keys = ON;
BEGIN;

-- An unpaid bill: a revoke tag for somebody who holds access, and whom the source still grants it.
INSERT INTO holdings (contact, tag, granted_by)
SELECT contacts.id, tags.id, 'admin' FROM contacts, tags
WHERE contacts.email = '{revoked}' AND tags.name = 'Studio Club (revoked)';

-- A tag that Rehome had given is taken away.
DELETE FROM holdings
WHERE contact = (SELECT id FROM contacts WHERE email = '{removed}')
  AND tag = (SELECT id FROM tags WHERE name = 'Photography 101');

-- A present: access to the club for somebody whose subscription ended. Rehome did not grant it.
DELETE FROM holdings
WHERE contact = (SELECT id FROM contacts WHERE email = '{given}')
  AND tag = (SELECT id FROM tags WHERE name = 'Studio Club (revoked)');
INSERT INTO holdings (contact, tag, granted_by)
SELECT contacts.id, tags.id, 'admin' FROM contacts, tags
WHERE contacts.email = '{given}' AND tags.name = 'Studio Club';

-- A first name is put right.
UPDATE contacts SET first_name = 'Corrected' WHERE email = '{edited}';
UPDATE users SET first_name = 'Corrected' WHERE email = '{edited}';

-- A member becomes an editor of the site, and buys something at the old school.
UPDATE users SET role = 'editor' WHERE email = '{promoted}';

-- A user is linked to the contact of another address.
UPDATE users SET contact = (SELECT id FROM contacts WHERE email = '{pointed}')
WHERE email = '{pointing}';

-- Somebody whom no source knows.
INSERT INTO contacts (email, id, contact_id, first_name, last_name)
SELECT 'walk.in@example.com', max(id) + 1, CAST(max(id) + 1 AS TEXT), 'Walk', 'In' FROM contacts;
INSERT INTO users (email, login, first_name, last_name, contact)
SELECT email, email, first_name, last_name, id FROM contacts WHERE email = 'walk.in@example.com';
INSERT INTO holdings (contact, tag, granted_by)
SELECT contacts.id, tags.id, 'admin' FROM contacts, tags
WHERE contacts.email = 'walk.in@example.com' AND tags.name = 'Photography 101';

COMMIT;
