CREATE TABLE a (x integer, y varchar(9));
