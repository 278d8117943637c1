CREATE DOMAIN tag AS varchar(20);
CREATE TABLE t (a tag);
