-- on: mariadb
-- up
-- fails when two rows have the same `k`
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  ADD COLUMN `k` bigint(20) NOT NULL AUTO_INCREMENT,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`k`), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- LOSES the values of t.k
-- fails when two rows have the same `id`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP COLUMN `k`,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`id`), ALGORITHM=INPLACE, LOCK=NONE;
