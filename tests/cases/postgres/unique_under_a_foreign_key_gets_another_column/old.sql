CREATE TABLE p (a integer, b integer);

ALTER TABLE p ADD CONSTRAINT p_u UNIQUE (a);
CREATE TABLE c (x integer, CONSTRAINT c_f FOREIGN KEY (x) REFERENCES p (a));
