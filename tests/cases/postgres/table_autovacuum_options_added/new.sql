CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users SET (autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = false);
