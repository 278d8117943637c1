CREATE VIRTUAL TABLE docs USING fts5 (body, content='t', content_rowid='id');
CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT);
CREATE TRIGGER ai AFTER INSERT ON t BEGIN INSERT INTO docs (rowid, body) VALUES (new.id, new.body); END;
