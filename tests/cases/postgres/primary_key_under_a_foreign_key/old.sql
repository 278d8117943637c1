CREATE TABLE p (a integer NOT NULL, b integer NOT NULL);

ALTER TABLE p ADD PRIMARY KEY (a);
CREATE TABLE c (x integer REFERENCES p (a));
