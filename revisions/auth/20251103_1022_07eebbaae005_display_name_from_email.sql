-- revision: 07eebbaae005
-- down_revision: e4dfd8156b02
-- message: Display name from email
-- created: 2025-11-03T10:22:41Z
-- template: true

-- @upgrade
-- Everybody gets the part before the @ until they choose a name themselves.
{% if dialect == "postgresql" %}
ALTER TABLE users ADD COLUMN display_name VARCHAR(254);

UPDATE users SET display_name = split_part(email, '@', 1);
UPDATE users SET display_name = email WHERE display_name = '';

ALTER TABLE users ALTER COLUMN display_name SET NOT NULL;
{% elif dialect == "mysql" %}
ALTER TABLE users ADD COLUMN display_name VARCHAR(254) CHARACTER SET utf8mb4 NULL;

UPDATE users SET display_name = SUBSTRING_INDEX(email, '@', 1);
UPDATE users SET display_name = email WHERE display_name = '';

ALTER TABLE users MODIFY COLUMN display_name VARCHAR(254) CHARACTER SET utf8mb4 NOT NULL;
{% else %}
-- SQLite cannot add NOT NULL to a column later, and rebuilding the table would delete the sessions that refer to it.
ALTER TABLE users ADD COLUMN display_name VARCHAR(254) NOT NULL DEFAULT '';

UPDATE users SET display_name = substr(email, 1, instr(email, '@') - 1);
UPDATE users SET display_name = email WHERE display_name = '';
{% endif %}

-- @downgrade
ALTER TABLE users DROP COLUMN display_name;

-- @verify
SELECT id, email FROM users WHERE display_name IS NULL OR display_name = '';
