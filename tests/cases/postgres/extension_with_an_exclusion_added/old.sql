CREATE TABLE rooms (room integer NOT NULL, during tsrange NOT NULL);
