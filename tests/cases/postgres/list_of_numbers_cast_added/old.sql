CREATE TABLE users (id integer PRIMARY KEY, size real, kind oid);
