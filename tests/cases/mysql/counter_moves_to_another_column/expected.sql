-- on: mariadb
-- up
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `id` int(11) NOT NULL,
  MODIFY COLUMN `n` int(11) NOT NULL AUTO_INCREMENT, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `id` int(11) NOT NULL AUTO_INCREMENT,
  MODIFY COLUMN `n` int(11) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;
