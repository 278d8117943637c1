CREATE TABLE t (id integer PRIMARY KEY, name text, age integer, tags text[], doc jsonb, place point, seen tsvector);
