-- on: mariadb 10
-- up
DROP EVENT `e`;
DROP TRIGGER `g`;

DELIMITER $$
CREATE PROCEDURE `q`(IN x INT, OUT y INT)
    COMMENT 'what'
BEGIN
  SELECT x + 1 INTO y;
END
$$
DELIMITER ;

CREATE TABLE `z` (
  `id` int(11) NOT NULL,
  `t_id` int(11),
  PRIMARY KEY (`id`),
  KEY `t_id` (`t_id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;

-- fails when a row does not satisfy ck
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `b` varchar(60),
  ADD COLUMN `c` int(11) NOT NULL DEFAULT 3,
  ADD KEY `fk` (`a`),
  ADD KEY `k` (`c`, `b`),
  ADD CONSTRAINT `ck` CHECK (`c` > 0),
  COMMENT='now', ALGORITHM=COPY, LOCK=SHARED;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;

ALTER TABLE `z` ADD CONSTRAINT `z_ibfk_1` FOREIGN KEY (`t_id`) REFERENCES `t` (`id`);
CREATE OR REPLACE VIEW `v` AS select `t`.`c` AS `c` from `t`;

-- down
ALTER TABLE `t` DROP FOREIGN KEY `fk`;
DROP PROCEDURE `q`;

-- LOSES all rows of z
DROP TABLE `z`;

-- LOSES the values of t.c
-- fails when a value of t.b does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP COLUMN `c`,
  MODIFY COLUMN `b` varchar(20),
  DROP INDEX `fk`,
  DROP INDEX `k`,
  DROP CONSTRAINT `ck`,
  COMMENT='', ALGORITHM=COPY, LOCK=SHARED;

CREATE OR REPLACE VIEW `v` AS select `t`.`id` AS `id`,`t`.`a` AS `a` from `t` where `t`.`a` > 1;
CREATE TRIGGER `g` BEFORE INSERT ON `t` FOR EACH ROW SET NEW.a = 1;
CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE COMMENT '' DO DELETE FROM t WHERE a < 0;
