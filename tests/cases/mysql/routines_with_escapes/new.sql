CREATE TABLE t (id int PRIMARY KEY, a varchar(20));
CREATE FUNCTION f() RETURNS varchar(90) DETERMINISTIC COMMENT 'it''s \\' RETURN concat('it''s \\ "q" \n%\\_', 'é😀');
CREATE PROCEDURE p() SELECT 'it''s \\ "q" \n%\\_';
