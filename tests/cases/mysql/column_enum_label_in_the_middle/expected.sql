-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` enum('a','b','c'), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- fails when a value of t.c does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` enum('a','c'), ALGORITHM=COPY, LOCK=SHARED;
