-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) DEFAULT (2 * 3), ALGORITHM=INSTANT;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) DEFAULT 1, ALGORITHM=INSTANT;
