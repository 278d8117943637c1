CREATE TABLE trips (day integer NOT NULL, bus integer NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
CREATE UNIQUE INDEX trips_day_bus ON ONLY trips (day, bus);
ALTER TABLE trips_1 ADD UNIQUE (day, bus);
ALTER INDEX trips_day_bus ATTACH PARTITION trips_1_day_bus_key;
