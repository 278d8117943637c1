CREATE TYPE address AS (street text, number integer);

CREATE TYPE person AS (name text COLLATE "C", home address);
