CREATE TABLE users (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 1, b text NOT NULL DEFAULT 'x');
