CREATE DOMAIN tag AS varchar(10);
CREATE TABLE t (a tag);
