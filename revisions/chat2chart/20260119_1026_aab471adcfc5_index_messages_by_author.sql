-- revision: aab471adcfc5
-- down_revision: 118cab520024
-- message: Index messages by author
-- created: 2026-01-19T10:26:34Z
-- transaction: false
-- template: true

-- @upgrade
-- The table is large and busy: PostgreSQL builds this without blocking writers, but not in a transaction.
CREATE INDEX {% if dialect == "postgresql" %}CONCURRENTLY {% endif %}messages_author ON messages (author_id, sent_at);

-- @downgrade
{% if dialect == "postgresql" %}
DROP INDEX CONCURRENTLY messages_author;
{% elif dialect == "mysql" %}
DROP INDEX messages_author ON messages;
{% else %}
DROP INDEX messages_author;
{% endif %}
