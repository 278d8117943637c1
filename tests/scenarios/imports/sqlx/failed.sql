INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20240304050607, 'done at', FALSE, x'02', -1);
