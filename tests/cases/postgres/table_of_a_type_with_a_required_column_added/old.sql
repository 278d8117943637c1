CREATE TYPE person AS (id integer);
CREATE TABLE users OF person (PRIMARY KEY (id));
