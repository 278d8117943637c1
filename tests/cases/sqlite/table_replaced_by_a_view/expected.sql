-- up
-- LOSES all rows of t
DROP TABLE t;

CREATE VIEW t AS SELECT a FROM base;

-- down
DROP VIEW t;
CREATE TABLE t (a INT);
