-- on: mariadb
-- up
-- FILL IN: a value of t.c for the existing rows
UPDATE `t` SET `c` = /* FILL IN */ WHERE `c` IS NULL;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) NOT NULL, ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11), ALGORITHM=INPLACE, LOCK=NONE;
