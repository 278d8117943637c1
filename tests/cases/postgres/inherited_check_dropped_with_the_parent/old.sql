CREATE TABLE things (id bigint, label text, weight integer DEFAULT 4, CONSTRAINT known CHECK (id > 0));
CREATE TABLE books (
  id bigint, label text, weight integer DEFAULT 4, pages integer, CONSTRAINT known CHECK (id > 0)
) INHERITS (things);
