CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE TABLE t (a mood, b integer, c varchar(20));
ALTER TABLE t ALTER c SET STORAGE external;
