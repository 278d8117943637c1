CREATE TABLE users (id integer PRIMARY KEY, age integer, twice integer GENERATED ALWAYS AS (age * 2) STORED);
CREATE INDEX users_twice ON users (twice);
