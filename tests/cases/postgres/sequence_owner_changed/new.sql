CREATE TABLE t (id bigint, other bigint);
CREATE SEQUENCE numbers;

ALTER SEQUENCE numbers OWNED BY t.other;
