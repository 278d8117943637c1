CREATE TABLE t (id int PRIMARY KEY, a binary(3) DEFAULT 'ab', b varbinary(9) DEFAULT 'x');
