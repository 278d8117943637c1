CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
ALTER TABLE t ADD c int NOT NULL;