CREATE TABLE größe (maß INT);
