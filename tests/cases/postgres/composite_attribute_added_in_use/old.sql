CREATE TYPE address AS (street text);
CREATE TABLE houses (id integer, at address);
