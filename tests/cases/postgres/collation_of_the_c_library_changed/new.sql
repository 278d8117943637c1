CREATE COLLATION mine (lc_collate = 'C', lc_ctype = 'POSIX');
CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE mine, named text GENERATED ALWAYS AS (name || '!') STORED);
