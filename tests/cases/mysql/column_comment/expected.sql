-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) COMMENT 'two', ALGORITHM=INSTANT;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) COMMENT 'one', ALGORITHM=INSTANT;
