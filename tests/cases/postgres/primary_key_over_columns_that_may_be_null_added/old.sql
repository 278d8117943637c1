CREATE TABLE k (a integer, b text);
