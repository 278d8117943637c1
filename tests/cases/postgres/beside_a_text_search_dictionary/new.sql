CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

ALTER TABLE users ADD COLUMN note text;

CREATE TEXT SEARCH DICTIONARY mine (template = simple);
