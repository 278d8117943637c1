CREATE TABLE p (number integer PRIMARY KEY);
CREATE TABLE c (p integer REFERENCES p (number));
