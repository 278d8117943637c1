-- up
DROP INDEX i;
CREATE INDEX i ON t (a) WHERE c > 1;

-- down
DROP INDEX i;
CREATE INDEX i ON t (a) WHERE c > 0;
