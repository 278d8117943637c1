-- up
-- fails when a row does not satisfy k
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` ADD CONSTRAINT `k` CHECK (`a` > 0), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP CONSTRAINT `k`, ALGORITHM=INSTANT;
