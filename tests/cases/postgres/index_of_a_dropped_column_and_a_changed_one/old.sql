CREATE TABLE users (id integer PRIMARY KEY, a integer, b text);
CREATE INDEX one ON users (a, b);
CREATE INDEX two ON users (a);
