-- on: mariadb 10
-- up
CREATE TABLE `every thing` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `select` enum('a','it''s','b,c') NOT NULL DEFAULT 'it''s' COMMENT 'a \\ b',
  `x``y` decimal(10,2) unsigned zerofill DEFAULT 00000001.50,
  `s` set('x','y') DEFAULT 'x,y',
  `j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin CHECK (json_valid(`j`)),
  `d` datetime(6) DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  `bl` blob,
  `bi` bit(5) DEFAULT b'101',
  `ti` time(3),
  `y` year(4),
  `pt` point NOT NULL,
  `v` varbinary(16),
  `u` uuid DEFAULT uuid(),
  `ip` inet6,
  `p_id` int(11),
  `g` int(11) GENERATED ALWAYS AS (`y` * 2) STORED,
  PRIMARY KEY (`id`),
  KEY `fk` (`p_id`),
  KEY `pre` (`bl`(12)),
  SPATIAL KEY `sp` (`pt`),
  UNIQUE KEY `uq` (`select`, `x``y`),
  CONSTRAINT `ck 1` CHECK (`y` > 0 or `y` is null),
  CONSTRAINT `fk` FOREIGN KEY (`p_id`) REFERENCES `p` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT='all''s well';

-- down
-- LOSES all rows of every thing
DROP TABLE `every thing`;
