CREATE TABLE t (id bigint);
CREATE SEQUENCE numbers OWNED BY t.id;
