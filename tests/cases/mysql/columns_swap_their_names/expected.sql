-- up
ALTER TABLE `t` RENAME COLUMN `a` TO `b__renamed`;
ALTER TABLE `t` RENAME COLUMN `b` TO `a`;
ALTER TABLE `t` RENAME COLUMN `b__renamed` TO `b`;

-- down
ALTER TABLE `t` RENAME COLUMN `b` TO `a__renamed`;
ALTER TABLE `t` RENAME COLUMN `a` TO `b`;
ALTER TABLE `t` RENAME COLUMN `a__renamed` TO `a`;
