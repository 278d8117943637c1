CREATE TYPE mood AS ENUM ('sad', 'ok');

CREATE TABLE p (id integer, m mood DEFAULT 'ok');

CREATE FUNCTION f(mood) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = ''ok''';
