CREATE TABLE things (id bigint, label text);
CREATE TABLE books (id bigint, label text, weight integer, pages integer);
