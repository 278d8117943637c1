-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
-- fails when a row fits into no partition
ALTER TABLE `t`
PARTITION BY RANGE (`id`)
(PARTITION `p0` VALUES LESS THAN (10),
 PARTITION `p1` VALUES LESS THAN (20));

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` REMOVE PARTITIONING;
