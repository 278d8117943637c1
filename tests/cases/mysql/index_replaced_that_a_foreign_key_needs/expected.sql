-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP INDEX `k`,
  ADD KEY `l` (`a`, `b`), ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  ADD KEY `k` (`a`),
  DROP INDEX `l`, ALGORITHM=INPLACE, LOCK=NONE;
