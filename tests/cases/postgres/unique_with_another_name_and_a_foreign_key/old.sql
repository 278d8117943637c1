CREATE TABLE k (a integer, b text, CONSTRAINT one UNIQUE (a));
CREATE TABLE r (a integer CONSTRAINT r_a REFERENCES k (a));
