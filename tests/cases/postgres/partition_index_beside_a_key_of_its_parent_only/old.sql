CREATE TABLE trips (day integer NOT NULL, bus integer NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE trips_1 PARTITION OF trips FOR VALUES FROM (0) TO (10);
ALTER TABLE ONLY trips ADD CONSTRAINT trips_key UNIQUE (day, bus);
ALTER TABLE trips_1 ADD UNIQUE (day, bus);
ALTER INDEX trips_key ATTACH PARTITION trips_1_day_bus_key;
