CREATE TYPE mood AS ENUM ('a', 'b');
CREATE SEQUENCE s;
CREATE FUNCTION f(a mood DEFAULT 'a', b bigint DEFAULT nextval('s')) RETURNS integer LANGUAGE sql AS 'SELECT 1';
