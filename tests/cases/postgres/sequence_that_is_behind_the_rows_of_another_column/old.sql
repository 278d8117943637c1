CREATE TABLE t (id serial PRIMARY KEY, other bigint);
