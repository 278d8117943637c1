CREATE TABLE users (id integer PRIMARY KEY, a integer, b text);
