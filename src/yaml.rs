//! YAML parsed into a tree in which every scalar keeps its text, together with its type. The only file that uses the
//! YAML library.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Type of a scalar in YAML's core schema, as far as it is relevant here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// Unquoted `null` or `~`, or an empty value.
    Null,
    /// Unquoted `true` or `false`.
    Bool(bool),
    /// Everything else: quoted scalars, numbers, dates, words.
    Text,
}

impl ScalarKind {
    /// Returns the type of an unquoted scalar (YAML 1.2, core schema, section 10.3.2).
    #[must_use]
    pub fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => Self::Text,
        }
    }
}

/// Node of a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlNode {
    /// Scalar with its text as written, without quotes and escapes.
    Scalar {
        /// Text of the scalar: `0123` stays `0123`.
        text: String,
        /// Type that YAML gives it.
        kind: ScalarKind,
    },
    /// Sequence.
    List(Vec<Self>),
    /// Mapping in the order of the text. Duplicate keys are kept.
    Map(Vec<(String, Self)>),
}

/// Syntax error in a YAML document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Message without the position.
    pub message: String,
    /// Line and column, both counted from 0, the column in characters; `None` if the library does not report them.
    pub place: Option<(usize, usize)>,
}

/// Parses one YAML document. An empty text is a null scalar.
///
/// # Errors
/// [`YamlError`] if the text is not valid YAML, or contains several documents, a tag, or a key that is not a scalar.
pub fn parse(text: &str) -> Result<YamlNode, YamlError> {
    refuse_too_deep(text)?;
    // Two passes are needed: only untyped deserialization tells lists from scalars, and only a typed one preserves the
    // text of `0123`.
    let shape: Shape = ShapeSeed.deserialize(serde_yaml::Deserializer::from_str(text)).map_err(error)?;
    if matches!(shape, Shape::Scalar(ScalarKind::Null)) {
        return Ok(YamlNode::Scalar { text: text.trim().to_owned(), kind: ScalarKind::Null });
    }
    NodeSeed(&shape).deserialize(serde_yaml::Deserializer::from_str(text)).map_err(error)
}

/// Maximum nesting of brackets, or of list markers on one line, that is passed to the library. It rejects more than 128
/// levels itself, but takes time quadratic in the depth to do so.
const DEEPEST: usize = 1000;

/// Rejects a text with too many open brackets, or with too many `- ` and `? ` at the start of a line.
fn refuse_too_deep(text: &str) -> Result<(), YamlError> {
    let mut open: usize = 0;
    for (number, line) in text.lines().enumerate() {
        let markers = line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?")).count();
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > DEEPEST || markers > DEEPEST {
                let message = format!("nested more than {DEEPEST} levels deep");
                return Err(YamlError { message, place: Some((number, 0)) });
            }
        }
    }
    Ok(())
}

fn error(error: serde_yaml::Error) -> YamlError {
    let full = error.to_string();
    let place = error.location().map(|at| (at.line().saturating_sub(1), at.column().saturating_sub(1)));
    // The library appends " at line L column C", which refers to the extracted YAML, not to the user's file.
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    YamlError { message, place }
}

/// Structure of a document: lists, mappings and types, without the text of scalars.
enum Shape {
    Scalar(ScalarKind),
    List(Vec<Self>),
    Map(Vec<Self>),
}

struct ShapeSeed;

impl<'de> DeserializeSeed<'de> for ShapeSeed {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ShapeSeed {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a scalar, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Null))
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Bool(value)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar(ScalarKind::Text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(ShapeSeed)? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Shape, A::Error> {
        let mut values = Vec::new();
        while mapping.next_key_seed(TextSeed)?.is_some() {
            values.push(mapping.next_value_seed(ShapeSeed)?);
        }
        Ok(Shape::Map(values))
    }
}

struct NodeSeed<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = YamlNode;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<YamlNode, D::Error> {
        match self.0 {
            Shape::Scalar(kind) => {
                TextSeed.deserialize(deserializer).map(|text| YamlNode::Scalar { text, kind: *kind })
            }
            Shape::List(_) => deserializer.deserialize_seq(self),
            Shape::Map(_) => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = YamlNode;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what the first reading found")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<YamlNode, A::Error> {
        let Shape::List(shapes) = self.0 else { return Err(A::Error::custom("a list that was none before")) };
        let mut items = Vec::with_capacity(shapes.len());
        for shape in shapes {
            items.extend(sequence.next_element_seed(NodeSeed(shape))?);
        }
        Ok(YamlNode::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<YamlNode, A::Error> {
        let Shape::Map(shapes) = self.0 else { return Err(A::Error::custom("a mapping that was none before")) };
        let mut entries = Vec::with_capacity(shapes.len());
        for shape in shapes {
            if let Some(key) = mapping.next_key_seed(TextSeed)? {
                entries.push((key, mapping.next_value_seed(NodeSeed(shape))?));
            }
        }
        Ok(YamlNode::Map(entries))
    }
}

/// Deserializes the text of a scalar, whatever type YAML gives it.
struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TextSeed {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a scalar")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(text: &str, kind: ScalarKind) -> YamlNode {
        YamlNode::Scalar { text: text.to_owned(), kind }
    }

    #[test]
    fn scalars_keep_their_letters_in_every_place() {
        for letters in ["0123", "1e5123456789", "12_34", "no", "null1", "0x1f", "2026-01-01", "1.50", ".inf"] {
            assert_eq!(parse(letters).unwrap(), text(letters, ScalarKind::Text));
            let expected = YamlNode::Map(vec![("k".into(), YamlNode::List(vec![text(letters, ScalarKind::Text)]))]);
            assert_eq!(parse(&format!("k: [{letters}]")).unwrap(), expected, "{letters}");
        }
    }

    #[test]
    fn null_and_bool_are_told_from_their_quoted_letters() {
        let expected = YamlNode::List(vec![
            text("null", ScalarKind::Null),
            text("null", ScalarKind::Text),
            text("~", ScalarKind::Null),
            text("TRUE", ScalarKind::Bool(true)),
            text("false", ScalarKind::Text),
        ]);
        assert_eq!(parse("[null, 'null', ~, TRUE, \"false\"]").unwrap(), expected);
        assert_eq!(parse("a:").unwrap(), YamlNode::Map(vec![("a".into(), text("", ScalarKind::Null))]));
        assert_eq!(parse("").unwrap(), text("", ScalarKind::Null));
    }

    #[test]
    fn nesting_without_end_is_refused_at_once() {
        for text in ["[".repeat(100_000), "{a: ".repeat(100_000), format!("a:\n  {}x", "- ".repeat(100_000))] {
            let error = parse(&text).unwrap_err();
            assert!(error.message.contains("levels deep"), "{error:?}");
        }
        assert!(parse("a: [[[[1]]]]").is_ok());
    }

    #[test]
    fn a_key_that_comes_twice_is_kept_twice() {
        let node = parse("a: 1\na: 2").unwrap();
        assert_eq!(
            node,
            YamlNode::Map(vec![("a".into(), text("1", ScalarKind::Text)), ("a".into(), text("2", ScalarKind::Text))])
        );
    }

    #[test]
    fn errors_know_their_place_and_tags_are_refused() {
        let error = parse("a: 1\nb: c: d").unwrap_err();
        assert_eq!(error.place.map(|place| place.0), Some(1), "{error:?}");
        assert!(!error.message.contains("line"), "{error:?}");
        assert!(parse("a: !secret b").is_err());
        assert!(parse("--- a\n--- b").is_err());
    }
}
