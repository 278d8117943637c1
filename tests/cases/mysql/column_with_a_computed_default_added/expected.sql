-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` ADD COLUMN `c` int(11) DEFAULT (1 + 2), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- LOSES the values of t.c
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP COLUMN `c`, ALGORITHM=INSTANT;
