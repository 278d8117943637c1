CREATE TABLE k (a integer NOT NULL, b text NOT NULL, c date);
