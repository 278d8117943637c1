INSERT INTO p VALUES (1, '{sad,ok}');
