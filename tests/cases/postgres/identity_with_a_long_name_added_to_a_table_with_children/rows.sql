INSERT INTO tttttttttttttttttttttttttttt VALUES (1);
INSERT INTO child VALUES (2);
