CREATE TABLE t (a bigint NOT NULL, b text DEFAULT 'x', c varchar(9));
