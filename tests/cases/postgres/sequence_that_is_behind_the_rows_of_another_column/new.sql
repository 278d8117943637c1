CREATE TABLE t (id serial PRIMARY KEY, other bigint DEFAULT nextval('t_id_seq'));
