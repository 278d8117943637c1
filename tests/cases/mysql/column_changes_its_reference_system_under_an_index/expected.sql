-- on: mysql 9
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `g` point NOT NULL SRID 0, ALGORITHM=COPY, LOCK=SHARED;

-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD SPATIAL KEY `k` (`g`), ALGORITHM=INPLACE, LOCK=SHARED;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;

-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `g` point NOT NULL SRID 4326, ALGORITHM=COPY, LOCK=SHARED;

-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD SPATIAL KEY `k` (`g`), ALGORITHM=INPLACE, LOCK=SHARED;
