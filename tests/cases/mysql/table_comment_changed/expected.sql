-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` COMMENT='it''s two', ALGORITHM=INSTANT;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` COMMENT='one', ALGORITHM=INSTANT;
