-- up
ALTER SEQUENCE `s` start with 5 minvalue 1 maxvalue 9223372036854775806 increment by 3 cache 1000 nocycle;

-- down
ALTER SEQUENCE `s` start with 5 minvalue 1 maxvalue 9223372036854775806 increment by 2 cache 1000 nocycle;
