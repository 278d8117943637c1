CREATE TABLE things (id bigint, label text, weight integer);
CREATE TABLE books (id bigint, label text, weight integer, pages integer) INHERITS (things);
