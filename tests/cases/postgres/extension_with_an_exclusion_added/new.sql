CREATE TABLE rooms (room integer NOT NULL, during tsrange NOT NULL);

CREATE EXTENSION btree_gist; ALTER TABLE rooms ADD CONSTRAINT rooms_free EXCLUDE USING gist (room WITH =, during WITH &&);
