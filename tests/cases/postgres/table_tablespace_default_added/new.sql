CREATE TABLE t (id integer) TABLESPACE pg_default;
