CREATE DOMAIN number AS integer CHECK (VALUE > 0);
CREATE SEQUENCE numbers;
CREATE TABLE t (id number PRIMARY KEY DEFAULT nextval('numbers'));
