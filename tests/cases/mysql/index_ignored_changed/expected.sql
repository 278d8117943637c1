-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ALTER INDEX `k` IGNORED, ALGORITHM=INSTANT;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ALTER INDEX `k` NOT IGNORED, ALGORITHM=INSTANT;
