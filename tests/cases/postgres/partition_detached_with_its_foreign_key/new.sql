CREATE TABLE f (id int PRIMARY KEY);
CREATE TABLE p (id int REFERENCES f, k text) PARTITION BY LIST (id);
CREATE TABLE p1 (id int, k text);
CREATE TABLE p2 (id int, k text, CONSTRAINT p_id_fkey FOREIGN KEY (id) REFERENCES f);
