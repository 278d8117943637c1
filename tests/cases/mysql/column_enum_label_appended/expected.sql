-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` enum('a','b','c'), ALGORITHM=INSTANT;

-- down
-- fails when a value of t.c does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` enum('a','b'), ALGORITHM=COPY, LOCK=SHARED;
