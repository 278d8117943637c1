CREATE SEQUENCE numbers;
CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('numbers'));
CREATE TABLE u (id bigint PRIMARY KEY DEFAULT nextval('numbers'));
