CREATE TABLE t (id integer PRIMARY KEY, name text);

CREATE TABLE log (id bigint);
CREATE RULE keep AS ON DELETE TO t DO ALSO INSERT INTO log VALUES (old.id);
