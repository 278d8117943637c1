CREATE TABLE "a ""b"" c" ("x y" INT);
