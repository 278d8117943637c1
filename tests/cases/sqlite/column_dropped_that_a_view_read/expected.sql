-- up
DROP VIEW w;
DROP VIEW v;

-- LOSES the values of t.b
-- Locks: the database for all other writers, while every row of t is written
ALTER TABLE t DROP COLUMN b;

CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW w AS SELECT a FROM v;

-- down
DROP VIEW v;
ALTER TABLE t ADD COLUMN b INT;
CREATE VIEW v AS SELECT a, b FROM t;
