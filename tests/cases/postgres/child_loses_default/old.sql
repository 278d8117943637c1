CREATE TABLE par (ok boolean DEFAULT true);
CREATE TABLE kid () INHERITS (par);
