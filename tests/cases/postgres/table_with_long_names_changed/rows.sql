INSERT INTO ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt VALUES (1, 'a');
