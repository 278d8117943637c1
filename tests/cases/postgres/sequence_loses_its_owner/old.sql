CREATE TABLE t (id bigint);
CREATE SEQUENCE numbers;

ALTER SEQUENCE numbers OWNED BY t.id;
