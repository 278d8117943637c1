CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE TEXT SEARCH DICTIONARY mine (template = simple);
