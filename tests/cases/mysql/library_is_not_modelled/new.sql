CREATE TABLE t (id int PRIMARY KEY, a varchar(20));
CREATE LIBRARY l LANGUAGE JAVASCRIPT AS 'export function f(a) { return a }';
CREATE TABLE u (id int);
