-- up
-- fails when two rows have the same `a`, `id`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`a`, `id`), ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- fails when two rows have the same `id`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`id`), ALGORITHM=INPLACE, LOCK=NONE;
