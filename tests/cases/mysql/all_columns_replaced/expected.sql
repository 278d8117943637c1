-- on: mariadb
-- up
-- LOSES the values of t.a
-- LOSES the values of t.b
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP COLUMN `a`,
  DROP COLUMN `b`,
  ADD COLUMN `c` int(11),
  ADD COLUMN `d` text, ALGORITHM=INSTANT;

-- down
-- LOSES the values of t.c
-- LOSES the values of t.d
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP COLUMN `c`,
  DROP COLUMN `d`,
  ADD COLUMN `a` int(11),
  ADD COLUMN `b` int(11), ALGORITHM=INSTANT;
