INSERT INTO kv VALUES ('a', 1), ('b', x'00ff'), ('c', NULL);
