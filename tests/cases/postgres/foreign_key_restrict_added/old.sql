CREATE TABLE p (id integer PRIMARY KEY, other integer UNIQUE);
CREATE TABLE c (p integer, q integer);
