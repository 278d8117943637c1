INSERT INTO atlas_schema_revisions.atlas_schema_revisions
  (version, description, type, applied, total, executed_at, execution_time, error, hash, operator_version)
VALUES ('20240203040506', 'index', 2, 0, 1, now(), 1, 'ERROR: deadlock', 'x', 'Atlas CLI v0.21');
