CREATE TABLE t (a integer, b text, c varchar(5) NOT NULL);
