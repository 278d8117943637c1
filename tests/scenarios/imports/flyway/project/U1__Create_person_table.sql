drop table ${schema}.person;
drop schema ${schema};
