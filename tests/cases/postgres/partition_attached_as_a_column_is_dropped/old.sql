CREATE TABLE trips (day integer, bus integer, seat text) PARTITION BY RANGE (day);
CREATE TABLE trips_1 (day integer, bus integer);
