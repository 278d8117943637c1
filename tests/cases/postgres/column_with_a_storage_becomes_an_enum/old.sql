CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE TABLE t (a text, b text, c text);
ALTER TABLE t ALTER a SET STORAGE external, ALTER b SET COMPRESSION pglz, ALTER c SET STORAGE external;
