CREATE SCHEMA "Bill ing";
CREATE TABLE "Bill ing"."In voices" ("Id" integer PRIMARY KEY, "select" text);
