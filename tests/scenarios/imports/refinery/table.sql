CREATE TABLE IF NOT EXISTS refinery_schema_history(
             version INT4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES
  (1, 'create_cars', '2024-01-02T03:04:05.123456789Z', '2957988246457306534'),
  (3, 'index', '2024-01-03T03:04:05.123456789Z', '13837402884321012319');
