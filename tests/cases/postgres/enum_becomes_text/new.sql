CREATE TABLE p (id integer, m text DEFAULT 'ok');
