CREATE TYPE person AS (id integer, age bigint, mail text);
CREATE TABLE users OF person (PRIMARY KEY (id), age NOT NULL);
