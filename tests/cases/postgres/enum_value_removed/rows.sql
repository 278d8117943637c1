INSERT INTO p VALUES (1, 'sad'), (3, NULL);
