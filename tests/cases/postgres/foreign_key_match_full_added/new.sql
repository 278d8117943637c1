CREATE TABLE p (a integer, b integer, PRIMARY KEY (a, b));
CREATE TABLE c (x integer, y integer);

ALTER TABLE c ADD CONSTRAINT c_f FOREIGN KEY (x, y) REFERENCES p MATCH FULL;
