CREATE TABLE t (a TEXT, CHECK (a IN ('on', 'off')));
