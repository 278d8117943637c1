-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `g` int(11) GENERATED ALWAYS AS (`a` * 2) STORED, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `g` int(11) GENERATED ALWAYS AS (`a` + 1) STORED, ALGORITHM=COPY, LOCK=SHARED;
