CREATE TABLE "order" ("group" INT);
