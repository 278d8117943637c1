INSERT INTO "A.b ""c"" d'é" VALUES (1, 'a', 1);
