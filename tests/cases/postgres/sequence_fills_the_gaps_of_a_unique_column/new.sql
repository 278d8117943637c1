CREATE TABLE t (id integer PRIMARY KEY, c integer UNIQUE);
CREATE SEQUENCE t_c_seq AS integer OWNED BY t.c;
ALTER TABLE t ALTER c SET DEFAULT nextval('t_c_seq'), ALTER c SET NOT NULL;
