-- on: mariadb 10
-- up
CREATE TABLE `t` (
  `id` int(11) NOT NULL,
  `a` int(11),
  `b` varchar(20),
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- down
-- LOSES all rows of t
DROP TABLE `t`;
