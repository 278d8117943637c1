CREATE TABLE "Order" ("User" integer, "a""b" text, "sel ect" date, "CHECK" boolean DEFAULT true, CONSTRAINT "Pos" CHECK ("User" > 0));
