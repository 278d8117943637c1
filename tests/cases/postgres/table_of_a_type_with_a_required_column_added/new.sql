CREATE TYPE person AS (id integer, name text);
CREATE TABLE users OF person (PRIMARY KEY (id), name NOT NULL);
