-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP INDEX `k`,
  ADD VECTOR KEY `k` (`e`) `M`='7', ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP INDEX `k`,
  ADD VECTOR KEY `k` (`e`), ALGORITHM=COPY, LOCK=SHARED;
