CREATE TABLE rooms (id integer, during tsrange, open boolean);

ALTER TABLE rooms ADD CONSTRAINT rooms_x EXCLUDE USING btree (id WITH =);
