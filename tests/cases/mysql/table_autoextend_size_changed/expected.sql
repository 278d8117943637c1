-- on: mysql 9
-- up
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  autoextend_size=4194304,
  max_rows=9, ALGORITHM=INPLACE, LOCK=NONE;

-- down
-- if the server refuses that: ALGORITHM=COPY, LOCK=SHARED rewrites the table, and writers wait
ALTER TABLE `t`
  max_rows=0,
  autoextend_size=8388608, ALGORITHM=INPLACE, LOCK=NONE;
