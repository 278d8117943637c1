-- up
-- Locks: SHARED on t, while its rows are read or rewritten
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD SPATIAL KEY `k` (`s`), ALGORITHM=INPLACE, LOCK=SHARED;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;
