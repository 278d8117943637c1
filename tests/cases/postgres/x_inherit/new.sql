CREATE TABLE q (a int); CREATE TABLE r (a int) INHERITS (q);
