-- up
ALTER TABLE `t` RENAME COLUMN `b` TO `label`;

-- FILL IN: a value of t.label for the existing rows
-- the column still has its old type here
UPDATE `t` SET `label` = /* FILL IN */ WHERE `label` IS NULL;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` MODIFY COLUMN `label` varchar(30) NOT NULL, ALGORITHM=INPLACE, LOCK=NONE;

-- down
ALTER TABLE `t` RENAME COLUMN `label` TO `b`;

-- fails when a value of t.b does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `b` varchar(20), ALGORITHM=COPY, LOCK=SHARED;
