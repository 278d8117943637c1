-- revision: 7268ff7729ee
-- down_revision: 8cc3dbc78c91
-- message: Create audit log
-- created: 2026-01-14T16:07:13Z
-- template: true

-- @upgrade
-- No foreign key to users: an entry outlives the person it is about.
{% if dialect == "postgresql" %}
CREATE TABLE audit_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id VARCHAR(36),
    action VARCHAR(100) NOT NULL,
    detail JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only';
END;
$$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
{% elif dialect == "mysql" %}
-- Where MySQL keeps a binary log only a privileged user may create triggers: leave UPDATE and DELETE out of the GRANT.
CREATE TABLE audit_log (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    actor_id VARCHAR(36),
    action VARCHAR(100) NOT NULL,
    detail JSON NOT NULL,
    created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
);
{% else %}
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY,
    actor_id VARCHAR(36),
    action VARCHAR(100) NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
{% endif %}

CREATE INDEX audit_log_actor ON audit_log (actor_id, created_at);

-- @downgrade
DROP TABLE audit_log;
{% if dialect == "postgresql" %}
DROP FUNCTION audit_log_is_append_only();
{% endif %}
