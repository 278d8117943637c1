CREATE SEQUENCE numbers INCREMENT BY -2;
CREATE TABLE t (id integer PRIMARY KEY DEFAULT nextval('numbers'));
