CREATE TABLE spans (a timestamp, b timestamp);
