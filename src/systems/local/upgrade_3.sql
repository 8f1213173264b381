-- Format 2 to format 3: when users registered.
ALTER TABLE users ADD COLUMN registered INTEGER;
PRAGMA user_version = 3;
