-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: a is rebuilt, and its rows are copied
CREATE TABLE new_a (id INTEGER PRIMARY KEY, b INTEGER UNIQUE REFERENCES b ON DELETE CASCADE);

-- Locks: the database for all other writers, while every row of a is copied
-- fails when two rows have the same b
INSERT INTO new_a (id, b) SELECT id, b FROM a;

DROP TABLE a;
ALTER TABLE new_a RENAME TO a;

-- ALTER TABLE cannot do it: b is rebuilt, and its rows are copied
CREATE TABLE new_b (id INTEGER PRIMARY KEY, a INTEGER UNIQUE REFERENCES a ON DELETE CASCADE);

-- Locks: the database for all other writers, while every row of b is copied
-- fails when two rows have the same a
INSERT INTO new_b (id, a) SELECT id, a FROM b;

DROP TABLE b;
ALTER TABLE new_b RENAME TO b;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of a references a missing row
PRAGMA foreign_key_check('a');

-- fails when a row of b references a missing row
PRAGMA foreign_key_check('b');

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: a is rebuilt, and its rows are copied
CREATE TABLE new_a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b ON DELETE CASCADE);

-- Locks: the database for all other writers, while every row of a is copied
INSERT INTO new_a (id, b) SELECT id, b FROM a;

DROP TABLE a;
ALTER TABLE new_a RENAME TO a;

-- ALTER TABLE cannot do it: b is rebuilt, and its rows are copied
CREATE TABLE new_b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE);

-- Locks: the database for all other writers, while every row of b is copied
INSERT INTO new_b (id, a) SELECT id, a FROM b;

DROP TABLE b;
ALTER TABLE new_b RENAME TO b;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of a references a missing row
PRAGMA foreign_key_check('a');

-- fails when a row of b references a missing row
PRAGMA foreign_key_check('b');
