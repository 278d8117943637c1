CREATE TABLE "order" ("group" INT UNIQUE);
