CREATE TYPE person AS (id integer, name text, age integer);
CREATE TABLE users OF person (PRIMARY KEY (id));
