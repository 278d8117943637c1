CREATE TABLE t (id int PRIMARY KEY, a varchar(20));
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW /* why */ SET NEW.a = concat("x\ny", 'it''s \\ "q" \n%\\_', 'é😀');
