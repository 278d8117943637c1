-- on: mariadb
-- up
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- Locks: SHARED on p, while the table is rewritten
ALTER TABLE `p` MODIFY COLUMN `id` bigint(20) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;

-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `a` bigint(20), ALGORITHM=COPY, LOCK=SHARED;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;

-- down
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- fails when a value of p.id does not fit, if the SQL mode is strict
-- Locks: SHARED on p, while the table is rewritten
ALTER TABLE `p` MODIFY COLUMN `id` int(11) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;

-- fails when a value of t.a does not fit, if the SQL mode is strict
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t` MODIFY COLUMN `a` int(11), ALGORITHM=COPY, LOCK=SHARED;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;
