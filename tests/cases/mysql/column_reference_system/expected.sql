-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `p` point REF_SYSTEM_ID=4326 NOT NULL, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `p` point NOT NULL, ALGORITHM=COPY, LOCK=SHARED;
