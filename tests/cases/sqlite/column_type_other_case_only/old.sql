CREATE TABLE t (a int, b Varchar (10));
