CREATE TABLE t (id int PRIMARY KEY, a varchar(20), `ü` varchar(20) DEFAULT (concat('é', '😀')), g varchar(30) AS (concat(`ü`, '😀é')) STORED, CONSTRAINT c CHECK (`ü` <> '😀é''\\'));
