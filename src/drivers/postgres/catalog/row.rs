//! Reader for the values of one result row, from left to right, in PostgreSQL's text format for arrays and booleans.

/// The values of a row that have not been read yet. Reading beyond the end gives NULL.
pub(super) struct CatalogRow(std::vec::IntoIter<Option<String>>);

impl CatalogRow {
    pub(super) fn new(values: Vec<Option<String>>) -> Self {
        Self(values.into_iter())
    }

    /// Returns the next value; `None` for NULL.
    pub(super) fn some(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    /// Returns the next value; empty for NULL.
    pub(super) fn text(&mut self) -> String {
        self.some().unwrap_or_default()
    }

    /// Returns whether the next value is true.
    pub(super) fn is(&mut self) -> bool {
        self.some().as_deref() == Some("t")
    }

    /// Returns the next value as an OID; 0 for NULL.
    pub(super) fn oid(&mut self) -> u32 {
        self.some().and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    /// Returns the next value as a number.
    pub(super) fn number(&mut self) -> Option<i64> {
        self.some().and_then(|value| value.parse().ok())
    }

    /// Returns the next value, an array of texts; empty for NULL.
    pub(super) fn list(&mut self) -> Vec<String> {
        self.some().map(|value| array(&value)).unwrap_or_default()
    }

    /// Returns the next value, an array of texts; `None` for NULL.
    pub(super) fn some_list(&mut self) -> Option<Vec<String>> {
        self.some().map(|value| array(&value))
    }

    /// Returns the next value, an array or a vector of numbers.
    pub(super) fn numbers(&mut self) -> Vec<i32> {
        let text = self.text();
        let parts = text.trim_matches(['{', '}']).split([',', ' ']);
        parts.filter_map(|part| part.parse().ok()).collect()
    }
}

/// Parses an array in text format, `{a,"b \"c\""}` (PostgreSQL manual, "Array Input and Output Syntax").
fn array(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let mut elements = Vec::new();
    let mut element = String::new();
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in inner.chars() {
        match character {
            _ if is_escaped => {
                element.push(character);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => elements.push(std::mem::take(&mut element)),
            _ => element.push(character),
        }
    }
    if !inner.is_empty() {
        elements.push(element);
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_taken_apart() {
        assert_eq!(array("{}"), Vec::<String>::new());
        assert_eq!(array(r#"{a,"b, c","d\"\\e",""}"#), ["a", "b, c", "d\"\\e", ""]);
    }

    #[test]
    fn numbers_come_from_arrays_and_vectors() {
        let mut row = CatalogRow::new(vec![Some("{1,2}".to_owned()), Some("3 0".to_owned()), None]);
        assert_eq!((row.numbers(), row.numbers(), row.numbers()), (vec![1, 2], vec![3, 0], vec![]));
    }
}
