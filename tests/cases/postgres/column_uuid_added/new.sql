CREATE TABLE t (id integer PRIMARY KEY, c uuid DEFAULT gen_random_uuid());
