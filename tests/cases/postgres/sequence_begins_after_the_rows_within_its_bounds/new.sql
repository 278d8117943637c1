CREATE SEQUENCE numbers AS integer MINVALUE 10 MAXVALUE 1000;
CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('numbers'), n numeric(20,0) UNIQUE DEFAULT nextval('numbers'));
