-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
-- fails when a row fits into no partition
ALTER TABLE `t`
PARTITION BY RANGE (`id`)
(PARTITION `a` VALUES LESS THAN (10),
 PARTITION `m` VALUES LESS THAN (20),
 PARTITION `z` VALUES LESS THAN MAXVALUE);

-- down
-- Locks: SHARED on t, while the table is rewritten
-- fails when a row fits into no partition
ALTER TABLE `t`
PARTITION BY RANGE (`id`)
(PARTITION `a` VALUES LESS THAN (10),
 PARTITION `z` VALUES LESS THAN MAXVALUE);
