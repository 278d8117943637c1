CREATE TABLE t (k integer NOT NULL, n integer, s text, CONSTRAINT x EXCLUDE (k WITH =, n WITH =));
