CREATE DOMAIN tag AS text;
CREATE TABLE t (a tag);
