CREATE DOMAIN amount AS numeric(10,2);

CREATE TABLE bills (id integer, sum amount);

CREATE FUNCTION good(numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
ALTER DOMAIN amount ADD CONSTRAINT amount_good CHECK (good(VALUE));
