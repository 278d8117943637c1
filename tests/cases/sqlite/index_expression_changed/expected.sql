-- up
DROP INDEX i;
CREATE INDEX i ON t (upper(b));

-- down
DROP INDEX i;
CREATE INDEX i ON t (lower(b));
