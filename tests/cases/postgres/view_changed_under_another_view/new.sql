CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);

CREATE VIEW v AS SELECT id::bigint AS id, name FROM users;

CREATE VIEW w AS SELECT name FROM v;
COMMENT ON VIEW w IS 'kept';
