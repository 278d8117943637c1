//! Product and capabilities of the test server.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::support::cases::Case;
use crate::support::{self, is_mariadb};

/// Returns `true` if the case applies to this server.
pub fn fits(case: &Case) -> bool {
    let product = if is_mariadb() { "mariadb" } else { "mysql" };
    case.value("only").is_none_or(|only| only == product)
        && case.values("keyword").all(|word| keywords().contains(word))
}

/// Returns the keywords of the server's grammar.
fn keywords() -> &'static BTreeSet<String> {
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let words = support::mariadb().shell("", "SELECT UPPER(WORD) FROM information_schema.KEYWORDS;");
        words.lines().map(str::to_owned).collect()
    })
}
