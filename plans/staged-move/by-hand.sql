-- What happened on the new site between week 2 and week 3.
--     sqlite3 site.sqlite < by-hand.sql
-- Jonas bought Open Studio in the new shop, and his old course once more; then he closed his account on the old platform.
BEGIN;
UPDATE holdings SET granted_by = 'shop'
WHERE contact = (SELECT id FROM contacts WHERE email = 'jonas.weiss@example.com');
INSERT INTO holdings (contact, tag, granted_by)
SELECT contacts.id, tags.id, 'shop' FROM contacts, tags
WHERE contacts.email = 'jonas.weiss@example.com' AND tags.name = 'Open Studio';
COMMIT;
