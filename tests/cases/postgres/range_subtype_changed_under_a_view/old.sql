CREATE TYPE span AS RANGE (subtype = integer);
CREATE TABLE users (id integer, s span);
CREATE VIEW v AS SELECT lower(s) AS low FROM users;
