CREATE SCHEMA s;
CREATE TABLE s.p (id integer PRIMARY KEY);
CREATE TABLE c (p integer);
