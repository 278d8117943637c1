-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t_ (a INT UNIQUE);

-- Locks: the database for all other writers, while every row of t is copied
-- fails when two rows have the same a
INSERT INTO new_t_ (rowid, a) SELECT rowid, a FROM t;

DROP TABLE t;
ALTER TABLE new_t_ RENAME TO t;
PRAGMA legacy_alter_table = OFF;

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t_ (a INT);

-- Locks: the database for all other writers, while every row of t is copied
INSERT INTO new_t_ (rowid, a) SELECT rowid, a FROM t;

DROP TABLE t;
ALTER TABLE new_t_ RENAME TO t;
PRAGMA legacy_alter_table = OFF;
