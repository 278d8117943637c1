CREATE TABLE t (id integer PRIMARY KEY, name text);

CREATE EXTENSION pg_trgm; CREATE INDEX t_name ON t USING gin (name gin_trgm_ops);
