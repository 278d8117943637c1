CREATE SCHEMA atlas_schema_revisions;
CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (
  "version" character varying NOT NULL PRIMARY KEY,
  "description" character varying NOT NULL,
  "type" bigint NOT NULL DEFAULT 2,
  "applied" bigint NOT NULL DEFAULT 0,
  "total" bigint NOT NULL DEFAULT 0,
  "executed_at" timestamptz NOT NULL,
  "execution_time" bigint NOT NULL,
  "error" text,
  "error_stmt" text,
  "hash" character varying NOT NULL,
  "partial_hashes" jsonb,
  "operator_version" character varying NOT NULL
);
INSERT INTO atlas_schema_revisions.atlas_schema_revisions
  (version, description, type, applied, total, executed_at, execution_time, hash, operator_version)
VALUES ('.atlas_cloud_identifier', 'x', 2, 0, 0, now(), 0, '', 'Atlas CLI v0.21'),
       ('20240102030405', 'create_users', 2, 1, 1, now(), 1, 'x', 'Atlas CLI v0.21');
