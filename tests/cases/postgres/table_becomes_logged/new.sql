CREATE TABLE cache (key text PRIMARY KEY);
