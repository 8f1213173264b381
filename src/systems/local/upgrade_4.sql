-- Format 3 to format 4: which migration made offerings, tags and emails.
ALTER TABLE tags ADD COLUMN made_by TEXT;
ALTER TABLE offerings ADD COLUMN made_by TEXT;
ALTER TABLE emails ADD COLUMN made_by TEXT;
PRAGMA user_version = 4;
