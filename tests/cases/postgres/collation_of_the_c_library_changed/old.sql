CREATE COLLATION mine (locale = 'C');
CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE mine, named text GENERATED ALWAYS AS (name || '!') STORED);
