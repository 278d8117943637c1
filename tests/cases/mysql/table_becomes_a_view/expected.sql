-- on: mariadb 10
-- up
-- LOSES all rows of v
DROP TABLE `v`;

CREATE VIEW `v` AS select `t`.`a` AS `a` from `t`;

-- down
DROP VIEW `v`;

CREATE TABLE `v` (
  `a` int(11)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
