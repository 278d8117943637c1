-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: p is rebuilt, and its rows are copied
CREATE TABLE new_p (id INTEGER PRIMARY KEY, n TEXT UNIQUE);

-- Locks: the database for all other writers, while every row of p is copied
-- fails when two rows have the same n
INSERT INTO new_p (id, n) SELECT id, n FROM p;

DROP TABLE p;
ALTER TABLE new_p RENAME TO p;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of c references a missing row
PRAGMA foreign_key_check('c');

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: p is rebuilt, and its rows are copied
CREATE TABLE new_p (id INTEGER PRIMARY KEY, n TEXT);

-- Locks: the database for all other writers, while every row of p is copied
INSERT INTO new_p (id, n) SELECT id, n FROM p;

DROP TABLE p;
ALTER TABLE new_p RENAME TO p;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of c references a missing row
PRAGMA foreign_key_check('c');
