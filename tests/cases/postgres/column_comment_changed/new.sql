CREATE TABLE t (id integer PRIMARY KEY, c text);

COMMENT ON COLUMN t.c IS 'b';
