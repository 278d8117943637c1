CREATE TABLE users (id integer PRIMARY KEY, b integer);
CREATE INDEX two ON users (b);
