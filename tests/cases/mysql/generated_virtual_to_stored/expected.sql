-- on: mariadb
-- up
-- t.g is re-created: the server cannot change a column to or from a generated one
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP COLUMN `g`,
  ADD COLUMN `g` int(11) GENERATED ALWAYS AS (`a` + 1) STORED, ALGORITHM=COPY, LOCK=SHARED;

-- down
-- t.g is re-created: the server cannot change a column to or from a generated one
-- Locks: SHARED on t, while the table is rewritten
ALTER TABLE `t`
  DROP COLUMN `g`,
  ADD COLUMN `g` int(11) GENERATED ALWAYS AS (`a` + 1) VIRTUAL, ALGORITHM=COPY, LOCK=SHARED;
