CREATE TABLE t (id bigint);

CREATE SEQUENCE numbers;
ALTER TABLE t ALTER COLUMN id SET DEFAULT nextval('numbers');
