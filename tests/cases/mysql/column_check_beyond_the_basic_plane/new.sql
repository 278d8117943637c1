CREATE TABLE t (id int PRIMARY KEY, a varchar(20) CHECK (a <> '😀?'), b varchar(20) AS (concat(a, '?😀')) VIRTUAL COMMENT 'AS (x)');
