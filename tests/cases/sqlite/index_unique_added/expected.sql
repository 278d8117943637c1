-- up
-- fails when two rows have the same a, b
CREATE UNIQUE INDEX i ON t (a, b);

-- down
DROP INDEX i;
