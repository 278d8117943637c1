CREATE TABLE t (id bigint PRIMARY KEY, a int, b text);
CREATE TABLE u (id int PRIMARY KEY, t bigint REFERENCES t);