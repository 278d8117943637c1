-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` ADD KEY `fk` (`a`), ALGORITHM=INPLACE, LOCK=NONE;

-- fails when a row references a missing row (fk)
-- Locks: SHARED on t, while the table is rewritten
-- after SET foreign_key_checks = 0, ALGORITHM=INPLACE, LOCK=NONE works too, and checks no row
ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ALGORITHM=COPY, LOCK=SHARED;

-- down
ALTER TABLE `t` DROP FOREIGN KEY `fk`;

-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t` DROP INDEX `fk`, ALGORITHM=INPLACE, LOCK=NONE;
