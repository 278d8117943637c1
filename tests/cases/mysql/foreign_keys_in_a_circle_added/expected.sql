-- on: mariadb 10
-- up
CREATE TABLE `y` (
  `id` int(11) NOT NULL,
  `x_id` int(11),
  PRIMARY KEY (`id`),
  KEY `fy` (`x_id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

CREATE TABLE `x` (
  `id` int(11) NOT NULL,
  `y_id` int(11),
  PRIMARY KEY (`id`),
  KEY `fx` (`y_id`),
  CONSTRAINT `fx` FOREIGN KEY (`y_id`) REFERENCES `y` (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

ALTER TABLE `y` ADD CONSTRAINT `fy` FOREIGN KEY (`x_id`) REFERENCES `x` (`id`);

-- down
ALTER TABLE `x` DROP FOREIGN KEY `fx`;
ALTER TABLE `y` DROP FOREIGN KEY `fy`;

-- LOSES all rows of x
DROP TABLE `x`;

-- LOSES all rows of y
DROP TABLE `y`;
