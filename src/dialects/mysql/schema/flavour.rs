//! Differences in the text of the catalog: `information_schema` and SHOW CREATE. Without another source: as observed, and
//! proved by the cases in `tests/cases/mysql`.

use super::super::flavour::MysqlFlavour;

impl MysqlFlavour {
    /// `information_schema` escapes an expression once more than SHOW CREATE does, and converts its bytes from latin1
    /// although they are UTF-8 already (MySQL).
    #[must_use]
    pub const fn escapes_listed_expressions(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// `CHECK_CONSTRAINTS` lists the condition in parentheses (MySQL).
    #[must_use]
    pub const fn lists_checks_in_parentheses(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// No two tables of a database have a check of one name (MySQL manual, "CHECK Constraints").
    #[must_use]
    pub const fn has_one_name_space_of_checks(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// `COLUMNS` lists a default as SQL, with `NULL` for an explicit one: MariaDB since 10.2.7
    /// (<https://mariadb.com/kb/en/information-schema-columns-table/>). MySQL lists literals without quotes, and marks
    /// expressions in `EXTRA`.
    #[must_use]
    pub const fn lists_defaults_as_sql(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// `COLUMNS` lists the default of a binary column as hexadecimal digits, truncated at the first NUL (MySQL).
    #[must_use]
    pub const fn truncates_binary_defaults(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// SHOW CREATE prints expressions with all their characters. MySQL's has a question mark for each byte of a
    /// character beyond the Basic Multilingual Plane.
    #[must_use]
    pub const fn shows_all_characters_of_expressions(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Only SHOW CREATE prints some properties of ordinary tables: on MySQL PARTITION BY KEY (), AUTOEXTEND_SIZE, and
    /// a default with a NUL byte.
    #[must_use]
    pub const fn requires_show_create_of_each_table(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// Action of a foreign key without ON DELETE or ON UPDATE, as `REFERENTIAL_CONSTRAINTS` lists it.
    #[must_use]
    pub const fn default_foreign_key_action(self) -> &'static str {
        match self {
            Self::Mysql => "NO ACTION",
            Self::Mariadb => "RESTRICT",
        }
    }

    /// Keyword of an index that the optimizer does not use (<https://mariadb.com/kb/en/ignored-indexes/>; MySQL manual,
    /// "Invisible Indexes").
    #[must_use]
    pub const fn unused_index_keyword(self) -> &'static str {
        match self {
            Self::Mysql => "invisible",
            Self::Mariadb => "ignored",
        }
    }

    /// Keyword that ends [`Self::unused_index_keyword`] in ALTER INDEX.
    #[must_use]
    pub const fn used_index_keyword(self) -> &'static str {
        match self {
            Self::Mysql => "VISIBLE",
            Self::Mariadb => "NOT IGNORED",
        }
    }

    /// Query for check constraints: table, name, `Table` or `Column`, condition, `YES` if enforced. MariaDB also lists
    /// those of columns, and enforces all.
    #[must_use]
    pub const fn checks_query(self) -> &'static str {
        match self {
            Self::Mysql => {
                "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, 'Table', c.CHECK_CLAUSE, t.ENFORCED FROM information_schema.CHECK_CONSTRAINTS c \
                 JOIN information_schema.TABLE_CONSTRAINTS t USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME) \
                 WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY 1, 2"
            }
            Self::Mariadb => {
                "SELECT TABLE_NAME, CONSTRAINT_NAME, LEVEL, CHECK_CLAUSE, 'YES' FROM information_schema.CHECK_CONSTRAINTS \
                 WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY 1, 2"
            }
        }
    }

    /// Expression on `COLUMNS` for the spatial reference system of a column.
    #[must_use]
    pub const fn spatial_system_of_column(self) -> &'static str {
        match self {
            Self::Mysql => "SRS_ID",
            Self::Mariadb => "NULL",
        }
    }

    /// Query for spatial columns with a reference system: table, column, system. `None` if
    /// [`Self::spatial_system_of_column`] has it.
    #[must_use]
    pub const fn spatial_systems_query(self) -> Option<&'static str> {
        match self {
            Self::Mysql => None,
            Self::Mariadb => Some(
                "SELECT F_TABLE_NAME, G_GEOMETRY_COLUMN, SRID FROM information_schema.GEOMETRY_COLUMNS \
                 WHERE F_TABLE_SCHEMA = DATABASE() AND SRID <> 0 ORDER BY 1, 2",
            ),
        }
    }

    /// Expressions on `STATISTICS`: `YES` for an index that the optimizer does not use, and the expression of a
    /// functional key part.
    #[must_use]
    pub const fn index_state_and_expression(self) -> &'static str {
        match self {
            Self::Mysql => "IF(IS_VISIBLE = 'NO', 'YES', 'NO'), EXPRESSION",
            Self::Mariadb => "IGNORED, NULL",
        }
    }

    /// Part of a query, from UNION on, for objects that the model does not cover: kind and name. An executable comment,
    /// because MySQL has libraries since 9.2 only.
    #[must_use]
    pub const fn libraries_query(self) -> &'static str {
        match self {
            Self::Mysql => {
                " /*!90200 UNION SELECT 'library', LIBRARY_NAME FROM information_schema.LIBRARIES \
                 WHERE LIBRARY_SCHEMA = DATABASE() */"
            }
            Self::Mariadb => "",
        }
    }
}
