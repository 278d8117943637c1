-- revision: 7a90be41cd56
-- down_revision: 5d1c8f02ab34
-- message: When a note was written
-- created: 2026-11-21T09:10:00Z
-- template: true

-- @upgrade
ALTER TABLE notes ADD COLUMN written_at VARCHAR(32);
CREATE INDEX notes_by_time ON notes (written_at);

-- @downgrade
{% if dialect == "mysql" %}
DROP INDEX notes_by_time ON notes;
{% else %}
DROP INDEX notes_by_time;
{% endif %}
ALTER TABLE notes DROP COLUMN written_at;
