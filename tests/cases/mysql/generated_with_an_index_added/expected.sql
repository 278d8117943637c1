-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD COLUMN `g` int(11) GENERATED ALWAYS AS (`a` + 1) VIRTUAL, ALGORITHM=INSTANT;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD KEY `k` (`g`), ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `k`, ALGORITHM=INPLACE, LOCK=NONE;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP COLUMN `g`, ALGORITHM=INSTANT;
