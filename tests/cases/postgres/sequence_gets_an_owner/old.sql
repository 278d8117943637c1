CREATE TABLE t (id bigint);
CREATE SEQUENCE numbers;

SELECT 1;
