CREATE TABLE p (id integer PRIMARY KEY, other integer UNIQUE);
CREATE TABLE c (p integer, q integer);

CREATE TABLE r (id integer PRIMARY KEY);

ALTER TABLE c ADD CONSTRAINT c_f FOREIGN KEY (p) REFERENCES r;
