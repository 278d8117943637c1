-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` varchar(10), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- fails when a value of t.c does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` varchar(10) CHARACTER SET latin1 COLLATE latin1_swedish_ci, ALGORITHM=COPY, LOCK=SHARED;
