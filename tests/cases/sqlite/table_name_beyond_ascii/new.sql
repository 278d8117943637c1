CREATE TABLE größe (maß INT CHECK (maß > 0));
