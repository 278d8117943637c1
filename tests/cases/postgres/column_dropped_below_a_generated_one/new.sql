CREATE TABLE users (id integer PRIMARY KEY, twice integer);
CREATE INDEX users_twice ON users (twice);
