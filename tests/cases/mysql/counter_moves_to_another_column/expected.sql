-- on: mariadb
-- up
-- a row with 0 in t.n gets a new number, unless the SQL mode has NO_AUTO_VALUE_ON_ZERO
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `id` int(11) NOT NULL,
  MODIFY COLUMN `n` int(11) NOT NULL AUTO_INCREMENT, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- a row with 0 in t.id gets a new number, unless the SQL mode has NO_AUTO_VALUE_ON_ZERO
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  MODIFY COLUMN `id` int(11) NOT NULL AUTO_INCREMENT,
  MODIFY COLUMN `n` int(11) NOT NULL, ALGORITHM=COPY, LOCK=SHARED;
