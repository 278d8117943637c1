CREATE TABLE p (id int PRIMARY KEY, k text) PARTITION BY LIST (id);
CREATE TABLE p1 (id int NOT NULL, k text);
CREATE TABLE p2 (id int PRIMARY KEY, k text);
