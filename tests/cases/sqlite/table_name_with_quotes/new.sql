CREATE TABLE "a ""b"" c" ("x y" INT NOT NULL DEFAULT 3, "select" TEXT);
