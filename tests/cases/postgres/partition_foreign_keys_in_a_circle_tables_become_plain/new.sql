CREATE TABLE trips (day integer, bus integer, UNIQUE (day, bus));
CREATE TABLE trips_1 (day integer, bus integer, UNIQUE (day, bus));
CREATE TABLE buses (day integer, bus integer, UNIQUE (day, bus));
CREATE TABLE buses_1 (day integer, bus integer, UNIQUE (day, bus));
ALTER TABLE buses ADD CONSTRAINT buses_trip FOREIGN KEY (day, bus) REFERENCES trips (day, bus);
ALTER TABLE trips ADD CONSTRAINT trips_bus FOREIGN KEY (day, bus) REFERENCES buses (day, bus);
