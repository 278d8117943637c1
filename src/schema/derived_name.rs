//! Names for temporary objects, derived from the name of the object that they stand in for.

use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

/// Length up to which a database takes a name as it is. PostgreSQL truncates a longer one, MySQL rejects it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NameLimit {
    /// Bytes in UTF-8.
    Bytes(usize),
    /// Characters.
    Characters(usize),
}

impl NameLimit {
    fn allows(self, name: &str) -> bool {
        match self {
            Self::Bytes(limit) => name.len() <= limit,
            Self::Characters(limit) => name.chars().count() <= limit,
        }
    }
}

/// Returns `stem` followed by `suffix`, shortened to the limit, and with a number at the end if the name is taken.
pub(crate) fn derived_name(stem: &str, suffix: &str, limit: NameLimit, is_taken: impl Fn(&str) -> bool) -> String {
    let mut number = 1_usize;
    loop {
        let end = if number == 1 { suffix.to_owned() } else { format!("{suffix}{number}") };
        let name = shortened(stem, &end, limit);
        if !is_taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// A shortened name contains a hash of the whole stem. Otherwise two long names with the same beginning would give the
/// same name, and both may be in use at the same time.
fn shortened(stem: &str, end: &str, limit: NameLimit) -> String {
    let whole = format!("{stem}{end}");
    if limit.allows(&whole) {
        return whole;
    }
    let hash = hexadecimal(&Sha256::digest(stem)[..4]);
    let mut kept = stem.to_owned();
    loop {
        let name = format!("{kept}_{hash}{end}");
        if limit.allows(&name) || kept.pop().is_none() {
            return name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: NameLimit = NameLimit::Bytes(63);

    #[test]
    fn a_short_name_gets_the_suffix_and_a_number_if_it_is_taken() {
        assert_eq!(derived_name("t", "__new", LIMIT, |_| false), "t__new");
        let taken = ["t__new", "t__new2", "t__nex"];
        assert_eq!(derived_name("t", "__new", LIMIT, |name| taken.contains(&name)), "t__new3");
    }

    #[test]
    fn a_long_name_is_shortened_and_stays_distinct() {
        let (one, other) = (format!("{}1", "ä".repeat(31)), format!("{}2", "ä".repeat(31)));
        let [one, other] = [one, other].map(|stem| derived_name(&stem, "__rows", LIMIT, |_| false));
        assert!(one.len() <= 63 && one.ends_with("__rows") && one.starts_with("ää"), "{one}");
        assert_ne!(one, other);
        let numbered = derived_name(&"x".repeat(63), "__new", LIMIT, |name| !name.ends_with('3'));
        assert!(numbered.len() == 63 && numbered.ends_with("__new3"), "{numbered}");
    }

    #[test]
    fn a_limit_of_characters_counts_characters() {
        let name = derived_name(&"ä".repeat(64), "__renamed", NameLimit::Characters(64), |_| false);
        assert_eq!(name.chars().count(), 64);
    }
}
