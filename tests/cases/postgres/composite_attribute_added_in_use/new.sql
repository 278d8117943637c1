CREATE TYPE address AS (street text, number integer);
CREATE TABLE houses (id integer, at address);
