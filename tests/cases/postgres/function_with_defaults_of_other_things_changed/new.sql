CREATE TYPE mood AS ENUM ('b');
CREATE SEQUENCE s;
CREATE FUNCTION f(a mood DEFAULT 'b', b bigint DEFAULT nextval('s')) RETURNS integer LANGUAGE sql AS 'SELECT 1';
