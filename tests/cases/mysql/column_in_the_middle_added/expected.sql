-- on: mariadb
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  ADD COLUMN `m` int(11) AFTER `a`,
  ADD COLUMN `n` int(11) AFTER `m`, ALGORITHM=INSTANT;

-- down
-- LOSES the values of t.m
-- LOSES the values of t.n
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  DROP COLUMN `m`,
  DROP COLUMN `n`, ALGORITHM=INSTANT;
