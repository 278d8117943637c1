CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);