INSERT INTO users (email, display_name) VALUES
    ('ada@example.org', 'Ada'), ('ben@example.org', 'Ben'), ('cleo@example.org', 'Cleo'), ('dan@example.org', 'Dan');
INSERT INTO canvases (owner_id, title, archived_at) VALUES
    (1, 'Roadmap', NULL), (1, 'Old roadmap', '2026-01-01'), (2, '  ', NULL), (3, 'Retro', NULL);
INSERT INTO tiles (canvas_id, made_by, content) VALUES
    (1, 1, 'Q1'), (1, 2, 'Q2'), (1, 2, 'Q3'), (2, 3, 'gone'), (4, 4, 'went well'), (4, 3, 'to improve');
