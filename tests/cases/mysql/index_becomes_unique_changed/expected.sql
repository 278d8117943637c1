-- up
-- fails when two rows have the same `a`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP INDEX `k`,
  ADD UNIQUE KEY `k` (`a`), ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP INDEX `k`,
  ADD KEY `k` (`a`), ALGORITHM=INPLACE, LOCK=NONE;
