//! Parses the output of `SHOW GRANTS` of MySQL and MariaDB. Text only.

use std::collections::BTreeSet;

/// Grants of a user.
#[derive(Debug, Default)]
pub(super) struct Grants {
    entries: Vec<Grant>,
    /// True if the user also has roles.
    pub(super) has_roles: bool,
}

#[derive(Debug)]
struct Grant {
    privileges: BTreeSet<String>,
    /// Pattern with `%` and `_`; `*` for all schemas.
    schema: String,
    /// Name; `*` for all tables.
    table: String,
}

impl Grants {
    pub(super) fn read<'l>(lines: impl Iterator<Item = &'l str>) -> Self {
        let mut grants = Self::default();
        for line in lines {
            match entry(line) {
                Some(entry) => grants.entries.push(entry),
                None => grants.has_roles |= line.starts_with("GRANT ") && !line.contains(" ON "),
            }
        }
        grants
    }

    /// Returns `true` if the privilege is granted on the table (`None`: on the whole schema).
    pub(super) fn allow(&self, privilege: &str, schema: &str, table: Option<&str>) -> bool {
        self.entries.iter().any(|entry| {
            let named = entry.privileges.contains(privilege) || entry.privileges.contains("ALL PRIVILEGES");
            let here = entry.schema == "*" || matches(&entry.schema, schema);
            let this = entry.table == "*" || table.is_some_and(|table| entry.table.eq_ignore_ascii_case(table));
            named && here && this
        })
    }
}

/// Parses ``GRANT SELECT, INSERT (`a`) ON `app`.* TO `u`@`%` ``.
fn entry(line: &str) -> Option<Grant> {
    let rest = line.strip_prefix("GRANT ")?;
    let (privileges, rest) = rest.split_once(" ON ")?;
    let (place, _) = rest.split_once(" TO ")?;
    let (schema, table) = split_place(place)?;
    // Privileges on columns do not apply to the table.
    let privileges = without_parentheses(privileges);
    let privileges = privileges.split(',').map(|word| word.trim().to_ascii_uppercase()).collect();
    Some(Grant { privileges, schema, table })
}

fn split_place(place: &str) -> Option<(String, String)> {
    let unquoted = |text: &str| crate::sql::unquoted(text.trim());
    let at = match place.strip_prefix('`') {
        Some(rest) => rest.find("`.")? + 2,
        None => place.find('.')?,
    };
    let (schema, table) = place.split_at_checked(at)?;
    Some((unquoted(schema), unquoted(table.strip_prefix('.')?)))
}

/// Converts `SELECT (a, b), INSERT` to `SELECT (), INSERT`, so that a privilege on columns has another name than the
/// one on the table.
fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => {
                depth += 1;
                kept.push_str("()");
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Matches a name against a pattern in which `%` stands for any text and `_` for one character, unless escaped with a
/// backslash.
fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = rest.as_str();
            matches(rest, name)
                || name
                    .char_indices()
                    .any(|(at, c)| name.get(at + c.len_utf8()..).is_some_and(|name| matches(rest, name)))
        }
        Some(c) => {
            let (wild, literal) = match c {
                '\\' => (false, rest.next().unwrap_or('\\')),
                other => (other == '_', other),
            };
            let mut left = name.chars();
            left.next().is_some_and(|first| wild || first == literal) && matches(rest.as_str(), left.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_as_servers_show_them() {
        let grants = Grants::read(
            [
                "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*XX'",
                "GRANT SELECT, INSERT, CREATE VIEW ON `app\\_%`.* TO `u`@`%`",
                "GRANT ALTER, SELECT (`id`, `mail`) ON `other`.`users` TO `u`@`%`",
            ]
            .into_iter(),
        );
        assert!(grants.allow("INSERT", "app_one", Some("t")) && grants.allow("CREATE VIEW", "app_one", None));
        assert!(!grants.allow("INSERT", "appxone", Some("t")) && !grants.allow("DELETE", "app_one", Some("t")));
        assert!(grants.allow("ALTER", "other", Some("users")) && !grants.allow("ALTER", "other", None));
        assert!(!grants.allow("SELECT", "other", Some("users")), "columns are not the table");
        assert!(!grants.has_roles);
        let all = Grants::read(
            [
                "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION",
                "GRANT `boss` TO `root`@`localhost`",
            ]
            .into_iter(),
        );
        assert!(all.allow("DROP", "anything", None) && all.has_roles);
    }
}
