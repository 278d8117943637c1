CREATE FUNCTION good(bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE DOMAIN count AS integer CHECK (good(VALUE));
CREATE TABLE t (c count);
