CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, age integer, born date);
CREATE INDEX i ON users ((age + 1));
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 10;
