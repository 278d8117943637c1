//! Literals of MySQL and MariaDB.

/// Returns `text` as a string literal, with the escapes of mysql_real_escape_string (MySQL's manual), so that the text
/// also passes through clients unchanged. The SQL mode `NO_BACKSLASH_ESCAPES` must be off, as it is by default.
pub(super) fn quote_literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\u{1a}' => quoted.push_str("\\Z"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// Returns an expression for the literal of a column's value. Bytes are written in hexadecimal, a FLOAT with the digits
/// of a DOUBLE: the six that it is printed with are fewer than it has.
pub(super) fn literal_expression(column: &str, data_type: &str) -> String {
    let name: String = data_type.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let literal = match name.as_str() {
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" | "geometry" | "point"
        | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon" | "geometrycollection"
        | "geomcollection" => format!("CONCAT('x''', HEX({column}), '''')"),
        "bit" => format!("CONCAT('b''', BIN({column} + 0), '''')"),
        "float" => format!("CAST({column} + 0e0 AS CHAR)"),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "double" | "year" => {
            format!("CAST({column} AS CHAR)")
        }
        _ => format!("QUOTE(CAST({column} AS CHAR CHARACTER SET utf8mb4))"),
    };
    format!("IFNULL({literal}, 'NULL')")
}
