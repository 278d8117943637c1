-- on: mariadb
-- up
-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  ADD COLUMN `b` int(11),
  ADD FULLTEXT KEY `k` (`a`), ALGORITHM=INPLACE, LOCK=SHARED;

-- down
-- LOSES the values of t.b
-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP COLUMN `b`, ALGORITHM=INPLACE, LOCK=SHARED;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;
