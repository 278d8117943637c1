-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD COLUMN `c` int(11), ALGORITHM=INSTANT;

-- FILL IN: a value of t.c for the existing rows
UPDATE `t` SET `c` = /* FILL IN */ WHERE `c` IS NULL;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `c` int(11) NOT NULL, ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- LOSES the values of t.c
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP COLUMN `c`, ALGORITHM=INSTANT;
