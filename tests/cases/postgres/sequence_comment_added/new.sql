CREATE SEQUENCE numbers;

COMMENT ON SEQUENCE numbers IS 'one by one';
