CREATE TYPE pair AS (a integer, b integer);
CREATE DOMAIN good_pair AS pair CHECK ((VALUE).a > 0);
CREATE TABLE t (p good_pair);
