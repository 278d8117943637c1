//! Name of an object as a user types it: `users`, `users.email`, `billing.invoices.total`.

use std::collections::BTreeSet;

use crate::schema::{Key, Kind};
use crate::sql::unquoted;

/// Parts of a name, without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName(Vec<String>);

impl ObjectName {
    /// Parses a name. Its parts are separated by dots, except within quotes and behind a parenthesis.
    pub fn parse(text: &str) -> Self {
        let mut parts = vec![String::new()];
        let mut end_of_quote = None;
        let mut is_in_arguments = false;
        for character in text.trim().chars() {
            let is_quoted = end_of_quote.is_some();
            end_of_quote = match (end_of_quote, character) {
                (Some(end), found) if found == end => None,
                (None, '"' | '`') => Some(character),
                (None, '[') => Some(']'),
                (end, _) => end,
            };
            is_in_arguments |= !is_quoted && character == '(';
            if character == '.' && !is_quoted && !is_in_arguments {
                parts.push(String::new());
            } else if let Some(last) = parts.last_mut() {
                last.push(character);
            }
        }
        Self(parts.iter().map(|part| unquoted(part.trim())).collect())
    }

    /// Returns the keys that end with this name. Letters may differ in case if no key has them as typed. Of a single
    /// word, whole objects such as tables precede their parts.
    pub fn meant<'k>(&self, keys: &BTreeSet<&'k Key>) -> Vec<&'k Key> {
        let found = |is: fn(&str, &str) -> bool| {
            let mut found: Vec<&Key> = keys.iter().copied().filter(|key| self.is_end_of(key, is)).collect();
            if self.0.len() == 1 && found.iter().any(|key| key.table.is_none()) {
                found.retain(|key| key.table.is_none());
            }
            found
        };
        let exact = found(|typed, name| typed == name);
        if exact.is_empty() { found(|typed, name| typed.to_lowercase() == name.to_lowercase()) } else { exact }
    }

    fn is_end_of(&self, key: &Key, is: fn(&str, &str) -> bool) -> bool {
        // The types of a routine's arguments may be left out.
        let short = key.name.split('(').next().filter(|_| key.kind.is_routine());
        let names = [Some(key.name.as_str()), short];
        let (Some((last, above)), outer) = (self.0.split_last(), [key.namespace.as_deref(), key.table.as_deref()])
        else {
            return false;
        };
        let outer: Vec<&str> = outer.into_iter().flatten().collect();
        key.kind != Kind::Database
            && names.into_iter().flatten().any(|name| is(last, name))
            && above.len() <= outer.len()
            && above.iter().zip(&outer[outer.len() - above.len()..]).all(|(typed, name)| is(typed, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_end_of_a_key() {
        let keys = [
            Key::new(Kind::Table, Some("public"), "users"),
            Key::of_table(Kind::Column, Some("public"), "users", "Email"),
            Key::of_table(Kind::Column, Some("public"), "teams", "users"),
            Key::new(Kind::Table, Some("app"), "a.b"),
            Key::new(Kind::Function, Some("public"), "f(integer, text)"),
        ];
        let keys = keys.iter().collect();
        let meant = |typed: &str| -> Vec<String> {
            ObjectName::parse(typed).meant(&keys).into_iter().map(ToString::to_string).collect()
        };
        assert_eq!(meant("users"), ["users"], "the table, not a column of that name");
        assert_eq!(meant("teams.users"), ["teams.users"]);
        assert_eq!(meant("public.users.email"), ["users.Email"]);
        assert_eq!(meant("other.users"), [""; 0]);
        assert_eq!(meant("app.\"a.b\""), ["app.a.b"]);
        assert_eq!(meant("f"), ["f(integer, text)"]);
        assert_eq!(meant("public.f(integer, text)"), ["f(integer, text)"]);
        assert_eq!(meant(""), [""; 0]);
    }
}
