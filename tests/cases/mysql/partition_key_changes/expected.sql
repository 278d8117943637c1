-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` REMOVE PARTITIONING;

-- fails when two rows have the same `d`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`d`), ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
PARTITION BY KEY (`d`)
PARTITIONS 2;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` REMOVE PARTITIONING;

-- fails when two rows have the same `id`, `d`
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (`id`, `d`), ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
PARTITION BY HASH (`id`)
PARTITIONS 2;
