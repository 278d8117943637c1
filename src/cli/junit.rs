//! Results of tests as JUnit XML, for the pages of CI systems.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Tests of one service.
pub struct JunitSuite {
    pub name: String,
    pub cases: Vec<JunitCase>,
}

/// One test.
pub struct JunitCase {
    pub class: String,
    pub name: String,
    pub file: Option<String>,
    pub outcome: JunitOutcome,
}

/// Result of one test.
#[derive(PartialEq, Eq)]
pub enum JunitOutcome {
    Passed,
    Skipped {
        message: String,
    },
    Failed {
        message: String,
        text: String,
    },
    /// It could not be run.
    Error {
        message: String,
        text: String,
    },
}

/// Returns the document.
pub fn junit_document(suites: &[JunitSuite]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for suite in suites {
        let count = |is: fn(&JunitOutcome) -> bool| suite.cases.iter().filter(|case| is(&case.outcome)).count();
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escaped(&suite.name),
            suite.cases.len(),
            count(|outcome| matches!(outcome, JunitOutcome::Failed { .. })),
            count(|outcome| matches!(outcome, JunitOutcome::Error { .. })),
            count(|outcome| matches!(outcome, JunitOutcome::Skipped { .. })),
        );
        suite.cases.iter().for_each(|case| xml.push_str(&test_case(&suite.name, case)));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn test_case(suite: &str, case: &JunitCase) -> String {
    let class = format!("{suite}.{}", case.class);
    let file = case.file.as_ref().map(|file| format!(" file=\"{}\"", escaped(file))).unwrap_or_default();
    let head = format!("    <testcase classname=\"{}\" name=\"{}\"{file}", escaped(&class), escaped(&case.name));
    let element = |tag: &str, message: &str, text: &str| {
        let (message, text) = (escaped(message), escaped(text));
        format!("{head}>\n      <{tag} message=\"{message}\">{text}</{tag}>\n    </testcase>\n")
    };
    match &case.outcome {
        JunitOutcome::Passed => format!("{head}/>\n"),
        JunitOutcome::Skipped { message } => element("skipped", message, ""),
        JunitOutcome::Failed { message, text } => element("failure", message, text),
        JunitOutcome::Error { message, text } => element("error", message, text),
    }
}

/// Escapes a text for an attribute or an element. Characters that XML 1.0 does not allow become `?`.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\n' | '\r' | '\t') && is_allowed(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // A reader replaces them by blanks in an attribute unless they are escaped.
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            c if is_allowed(c) => escaped.push(c),
            _ => escaped.push('?'),
        }
    }
    Cow::Owned(escaped)
}

/// Characters of XML 1.0 (section 2.2).
const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_allow_is_escaped_or_replaced() {
        assert_eq!(escaped("a<b> & \"c\"\n\u{1b}[1m\u{ffff}é"), "a&lt;b&gt; &amp; &quot;c&quot;&#10;?[1m?é");
        assert!(matches!(escaped("plain"), Cow::Borrowed(_)));
    }
}
