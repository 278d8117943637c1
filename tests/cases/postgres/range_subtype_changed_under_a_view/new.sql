CREATE TYPE span AS RANGE (subtype = bigint);
CREATE TABLE users (id integer, s span);
CREATE VIEW v AS SELECT lower(s) AS low FROM users;
