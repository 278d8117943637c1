-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: c is rebuilt, and its rows are copied
CREATE TABLE new_c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE RESTRICT ON UPDATE SET NULL);

-- Locks: the database for all other writers, while every row of c is copied
INSERT INTO new_c (id, p) SELECT id, p FROM c;

DROP TABLE c;
ALTER TABLE new_c RENAME TO c;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of c references a missing row
PRAGMA foreign_key_check('c');

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: c is rebuilt, and its rows are copied
CREATE TABLE new_c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE);

-- Locks: the database for all other writers, while every row of c is copied
INSERT INTO new_c (id, p) SELECT id, p FROM c;

DROP TABLE c;
ALTER TABLE new_c RENAME TO c;
PRAGMA legacy_alter_table = OFF;

-- fails when a row of c references a missing row
PRAGMA foreign_key_check('c');
