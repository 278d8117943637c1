DROP INDEX ${schema}.person_name;
