-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` text /*M!100301 COMPRESSED*/, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `c` text, ALGORITHM=COPY, LOCK=SHARED;
