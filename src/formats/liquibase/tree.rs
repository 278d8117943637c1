//! Changelogs in XML, YAML and JSON as one kind of tree.

use crate::yaml::{self, YamlNode};

/// Depth of elements from which on a changelog is refused. A changelog has four levels.
const DEEPEST: usize = 64;

/// Element of a changelog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ChangeNode {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<ChangeNode>,
}

impl ChangeNode {
    /// Returns an attribute; in YAML and JSON attributes and children with a text are the same.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns `true` if an attribute is `true`.
    pub fn is_set(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// Parses a changelog. Returns `None` if the file is something else.
///
/// # Errors
/// A text in the words of its parser.
pub(super) fn parse(path: &str, text: &str) -> Result<Option<ChangeNode>, String> {
    if !text.contains("databaseChangeLog") {
        return Ok(None);
    }
    if path.ends_with(".xml") {
        let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
        if document.descendants().any(|node| node.ancestors().count() > DEEPEST) {
            return Err(format!("its elements are nested more than {DEEPEST} deep"));
        }
        let root = of_element(document.root_element());
        return Ok((root.name == "databaseChangeLog").then_some(root));
    }
    let YamlNode::Map(entries) = yaml::parse(text).map_err(|error| error.to_string())? else { return Ok(None) };
    let root = entries.into_iter().find(|(key, _)| key == "databaseChangeLog");
    Ok(root.map(|(key, value)| of_yaml(key, value)))
}

fn of_element(element: roxmltree::Node<'_, '_>) -> ChangeNode {
    let elements = element.children().filter(roxmltree::Node::is_element);
    let attributes = element.attributes().map(|one| (one.name().to_owned(), one.value().to_owned()));
    let text = element.children().filter(|node| node.is_text()).filter_map(|node| node.text()).collect::<String>();
    ChangeNode {
        name: element.tag_name().name().to_owned(),
        attributes: attributes.collect(),
        text: text.trim().to_owned(),
        children: elements.map(of_element).collect(),
    }
}

/// A mapping becomes the attributes and children of its element, a list of mappings its children. `changes` and
/// `sql` in a change of that name are only layers of YAML.
fn of_yaml(name: String, value: YamlNode) -> ChangeNode {
    let mut node = ChangeNode { name, ..ChangeNode::default() };
    match value {
        YamlNode::Scalar { text, .. } => node.text = text,
        YamlNode::List(items) => node.children = items.into_iter().flat_map(children).collect(),
        YamlNode::Map(entries) => {
            for (key, value) in entries {
                match value {
                    YamlNode::Scalar { text, .. } if key == "sql" && node.name == "sql" => node.text = text,
                    YamlNode::Scalar { text, .. } if key == "rollback" || key == "comment" => {
                        node.children.push(ChangeNode { name: key, text, ..ChangeNode::default() });
                    }
                    YamlNode::Scalar { text, .. } => node.attributes.push((key, text)),
                    YamlNode::List(items) if key == "changes" => {
                        node.children.extend(items.into_iter().flat_map(children));
                    }
                    value => node.children.push(of_yaml(key, value)),
                }
            }
        }
    }
    node
}

fn children(item: YamlNode) -> Vec<ChangeNode> {
    match item {
        YamlNode::Map(entries) => entries.into_iter().map(|(key, value)| of_yaml(key, value)).collect(),
        YamlNode::Scalar { text, .. } => vec![ChangeNode { text, ..ChangeNode::default() }],
        YamlNode::List(items) => items.into_iter().flat_map(children).collect(),
    }
}
