//! The page of `report --html` and `open`: one file with everything in it, which makes no request. Its sources are in
//! `web/`: plain modules and style sheets, joined here without a tool.

mod database;
mod document;
mod effects;
mod objects;
mod revisions;
pub mod server;

use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use document::{PageOptions, document};

/// The frame: everything before and behind the style sheet, the script and the data.
const FRAME: &str = include_str!("web/index.html");

const STYLES: [&str; 4] = [
    include_str!("web/base.css"),
    include_str!("web/views.css"),
    include_str!("web/detail.css"),
    include_str!("web/print.css"),
];

/// The modules, each after those that it imports. Their names share one scope in the page.
const MODULES: [&str; 17] = [
    include_str!("web/dom.js"),
    include_str!("web/format.js"),
    include_str!("web/data.js"),
    include_str!("web/lanes.js"),
    include_str!("web/graph.js"),
    include_str!("web/sql.js"),
    include_str!("web/schema.js"),
    include_str!("web/layout.js"),
    include_str!("web/rows.js"),
    include_str!("web/detail.js"),
    include_str!("web/overview.js"),
    include_str!("web/history.js"),
    include_str!("web/journal.js"),
    include_str!("web/diagram.js"),
    include_str!("web/tables.js"),
    include_str!("web/print.js"),
    include_str!("web/main.js"),
];

/// Returns the page with `document` as its data.
pub fn html(document: &Value) -> String {
    let (style, script) = (STYLES.concat(), script());
    let policy = policy(&style, &script);
    let mut page = String::new();
    let mut rest = FRAME;
    for (marker, content) in
        [("@policy@", &*policy), ("@style@", &*style), ("@data@", &*data(document)), ("@script@", &*script)]
    {
        // The data may contain a marker, so only the frame is searched.
        let (before, behind) = rest.split_once(marker).unwrap_or((rest, ""));
        page += before;
        page += content;
        rest = behind;
    }
    page + rest
}

/// Content Security Policy of the page: its own script and style sheet, and nothing from anywhere.
pub fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(style)
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
}

/// Joins the modules: in one scope nothing is imported or exported.
fn script() -> String {
    let mut script = String::new();
    for line in MODULES.iter().flat_map(|module| module.lines()).filter(|line| !line.starts_with("import ")) {
        script += line.strip_prefix("export ").unwrap_or(line);
        script.push('\n');
    }
    script
}

/// The document as text of a `script` element: no `<` can end the element, and no character is a line end in a script
/// but none in JSON.
fn data(document: &Value) -> String {
    let json = document.to_string();
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            // Outside of strings JSON has none of them, and a string may contain any character as an escape.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_text_of_the_data_can_end_its_element_or_is_taken_for_a_marker() {
        let hostile = "</script><!--<script>alert(1)</script> @script@ @data@ \u{2028} & 'x' \"y\"";
        let document = json!({ "services": [{ "name": hostile }] });
        let page = html(&document);
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(!page.contains("alert(1)</"));
        let start = page.find("id=\"data\">").map(|at| at + 10).unwrap_or_default();
        let end = page[start..].find("</script>").map(|at| start + at).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Value>(&page[start..end]).ok(), Some(document));
    }

    #[test]
    fn the_page_names_no_address_and_its_policy_allows_none() {
        let page = html(&json!({ "services": [] }));
        let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!without_namespace.contains("http://") && !without_namespace.contains("https://"));
        assert!(page.contains("default-src 'none'; script-src 'sha256-"));
        assert!(!page.contains("unsafe"));
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn the_joined_script_has_no_imports_and_no_exports() {
        let script = script();
        assert!(!script.lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
    }
}
