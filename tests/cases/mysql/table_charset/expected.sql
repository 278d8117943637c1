-- on: mariadb 10
-- up
-- fails when a value of t.b does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `b` varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci,
  DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `b` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, ALGORITHM=COPY, LOCK=SHARED;
