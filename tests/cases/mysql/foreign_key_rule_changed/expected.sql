-- up
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE, ALGORITHM=COPY, LOCK=SHARED;

-- down
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;
