-- on: mariadb 10
-- up
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- LOSES all rows of p
DROP TABLE `p`;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `fk`, ALGORITHM=INPLACE, LOCK=NONE;

-- down
CREATE TABLE `p` (
  `id` int(11) NOT NULL,
  `code` varchar(10),
  PRIMARY KEY (`id`),
  UNIQUE KEY `code` (`code`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD KEY `fk` (`a`), ALGORITHM=INPLACE, LOCK=NONE;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;
