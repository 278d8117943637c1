-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t (id INTEGER PRIMARY KEY, a TEXT);

-- Locks: the database for all other writers, while every row of t is copied
INSERT INTO new_t (id, a) SELECT id, a FROM t;

DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
PRAGMA legacy_alter_table = OFF;

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: t is rebuilt, and its rows are copied
CREATE TABLE new_t (id INTEGER PRIMARY KEY, a INT);

-- Locks: the database for all other writers, while every row of t is copied
-- LOSES how texts of t.a that look like numbers were written ('007' becomes 7)
INSERT INTO new_t (id, a) SELECT id, a FROM t;

DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
PRAGMA legacy_alter_table = OFF;
