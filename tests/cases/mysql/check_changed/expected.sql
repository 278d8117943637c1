-- on: mariadb
-- up
-- fails when a row does not satisfy k
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP CONSTRAINT `k`,
  ADD CONSTRAINT `k` CHECK (`a` > -5), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- fails when a row does not satisfy k
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP CONSTRAINT `k`,
  ADD CONSTRAINT `k` CHECK (`a` > 0), ALGORITHM=COPY, LOCK=SHARED;
