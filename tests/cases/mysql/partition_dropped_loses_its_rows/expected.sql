-- on: mariadb
-- up
-- LOSES all rows of the partitions `p1` of t
ALTER TABLE `t` DROP PARTITION `p1`;

-- down
ALTER TABLE `t` ADD PARTITION (PARTITION `p1` VALUES LESS THAN (20));
