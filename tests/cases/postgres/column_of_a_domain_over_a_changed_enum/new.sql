CREATE TYPE mood AS ENUM ('c', 'a');
CREATE DOMAIN good AS mood DEFAULT 'a' CHECK (VALUE <> 'c');
CREATE TABLE t (id integer PRIMARY KEY, g good, gs good[]);
CREATE VIEW v AS SELECT g FROM t WHERE g::mood > 'a';
