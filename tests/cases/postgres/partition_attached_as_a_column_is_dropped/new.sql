CREATE TABLE trips (day integer, bus integer) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
