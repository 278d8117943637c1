-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t (a INTEGER PRIMARY KEY, b INT);

-- Locks: the database for all other writers, while every row of t is copied
-- fails when a value of t.a is not an integer; a row with NULL in t.a gets a new number
INSERT INTO new_t (a, b) SELECT a, b FROM t;

DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
PRAGMA legacy_alter_table = OFF;

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t (a INT PRIMARY KEY, b INT);

-- Locks: the database for all other writers, while every row of t is copied
INSERT INTO new_t (rowid, a, b) SELECT rowid, a, b FROM t;

DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
PRAGMA legacy_alter_table = OFF;
