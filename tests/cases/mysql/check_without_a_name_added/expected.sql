-- on: mariadb
-- up
-- fails when a row does not satisfy CONSTRAINT_1
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` ADD CONSTRAINT `CONSTRAINT_1` CHECK (`a` > 0), ALGORITHM=COPY, LOCK=SHARED;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP CONSTRAINT `CONSTRAINT_1`, ALGORITHM=INSTANT;
