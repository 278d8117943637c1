CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);

ALTER TABLE k ADD CONSTRAINT k_a CHECK (a > 0);

COMMENT ON CONSTRAINT k_a ON k IS 'positive';
