-- on: mysql 9
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD KEY `k` ((lower(`a`))), ALGORITHM=INPLACE, LOCK=SHARED;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD KEY `k` ((upper(`a`))), ALGORITHM=INPLACE, LOCK=SHARED;
