-- on: mariadb
-- up
ALTER TABLE `t` RENAME COLUMN `a` TO `b'`;

-- down
ALTER TABLE `t` RENAME COLUMN `b'` TO `a`;
