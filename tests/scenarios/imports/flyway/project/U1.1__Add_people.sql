delete from ${schema}.person;
