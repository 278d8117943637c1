-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `a` bigint(20), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- fails when a value of t.a does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `a` int(11), ALGORITHM=COPY, LOCK=SHARED;
