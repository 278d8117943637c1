INSERT INTO users (id, name, parent_id) VALUES
    (1, 'Ada', NULL), (2, 'Ben', NULL), (3, 'Cleo', 1), (4, 'Dan', 1), (5, 'Eve', 3),
    (6, 'Finn', 2), (7, 'Gus', NULL), (8, 'Hana', NULL), (9, 'Ivo', NULL);
