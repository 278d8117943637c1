CREATE FUNCTION good(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';

CREATE TABLE t (a integer CHECK (good(a)));
