CREATE TABLE p (id integer PRIMARY KEY, other integer UNIQUE);
CREATE TABLE c (p integer, q integer);

ALTER TABLE c ADD CONSTRAINT c_f FOREIGN KEY (p) REFERENCES p (id);
