-- on: mariadb
-- up
UPDATE `t` SET `c` = 5 WHERE `c` IS NULL;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) NOT NULL DEFAULT 5, ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11), ALGORITHM=INPLACE, LOCK=NONE;
