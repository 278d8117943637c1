-- up
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: kv is rebuilt, and its rows are copied
CREATE TABLE new_kv (k TEXT PRIMARY KEY, v) WITHOUT ROWID;

-- Locks: the database for all other writers, while every row of kv is copied
-- FILL IN: the value of kv.k where it was NULL
INSERT INTO new_kv (k, v) SELECT ifnull(k, /* FILL IN */), v FROM kv;

DROP TABLE kv;
ALTER TABLE new_kv RENAME TO kv;
PRAGMA legacy_alter_table = OFF;

-- down
-- views and triggers stay as they are while a table that they use is missing
PRAGMA legacy_alter_table = ON;

-- ALTER TABLE cannot do it: kv is rebuilt, and its rows are copied
CREATE TABLE new_kv (k TEXT PRIMARY KEY, v);

-- Locks: the database for all other writers, while every row of kv is copied
INSERT INTO new_kv (k, v) SELECT k, v FROM kv;

DROP TABLE kv;
ALTER TABLE new_kv RENAME TO kv;
PRAGMA legacy_alter_table = OFF;
