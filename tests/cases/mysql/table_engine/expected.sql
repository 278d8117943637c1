-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` ENGINE=MyISAM, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` ENGINE=InnoDB, ALGORITHM=COPY, LOCK=SHARED;
