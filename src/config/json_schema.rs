//! JSON Schema of a config file (draft 7, which editors know), made from the descriptions of its keys.

use serde_json::{Map, Value, json};

use super::keys::{ConfigKey, FILE_KEYS, KeyForm, SERVICE_KEYS};

/// Address of the schema; the first line of a new config names it for editors.
pub const SCHEMA_URL: &str = "https://raw.githubusercontent.com/example/aludel/main/docs/aludel.schema.json";

/// Returns the first line of a new config file, by which editors find the schema.
#[must_use]
pub fn schema_line() -> String {
    format!("# yaml-language-server: $schema={SCHEMA_URL}\n")
}

/// Returns the schema as text, which ends with a newline.
#[must_use]
pub fn json_schema() -> String {
    let defaults = SERVICE_KEYS.iter().chain(FILE_KEYS).filter(|key| key.name != "services");
    let mut properties = object(defaults);
    let service = mapping(object(SERVICE_KEYS));
    properties.insert(
        "services".to_owned(),
        described(json!({ "type": "object", "minProperties": 1, "additionalProperties": service }), "Services by name"),
    );
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_URL,
        "title": "aludel.yaml",
        "description": "Config file of aludel: several services, or one (with `revisions` at the top)",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "anyOf": [{ "required": ["services"] }, { "required": ["revisions"] }],
    });
    format!("{schema:#}\n")
}

fn object<'k>(keys: impl IntoIterator<Item = &'k ConfigKey>) -> Map<String, Value> {
    keys.into_iter().map(|key| (key.name.to_owned(), described(optional(key.form), key.about))).collect()
}

fn mapping(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn described(mut schema: Value, about: &str) -> Value {
    schema["description"] = json!(about);
    schema
}

/// A key without a value counts as not set.
fn optional(form: KeyForm) -> Value {
    let mut forms = alternatives(form);
    forms.push(json!({ "type": "null" }));
    json!({ "anyOf": forms })
}

fn any(form: KeyForm) -> Value {
    json!({ "anyOf": alternatives(form) })
}

fn alternatives(form: KeyForm) -> Vec<Value> {
    // A variable of the environment, whose value is checked when the file is read.
    let variable = json!({ "type": "string", "pattern": "\\$\\{" });
    let text = json!({ "type": ["string", "number", "boolean"] });
    let texts = json!({ "type": "array", "items": text });
    match form {
        KeyForm::Text | KeyForm::Url => vec![text],
        KeyForm::Flag => vec![json!({ "type": "boolean" }), json!({ "enum": ["true", "false"] }), variable],
        KeyForm::Number(from) => vec![json!({ "type": "integer", "minimum": from }), variable],
        KeyForm::Duration => vec![
            json!({ "type": "string", "pattern": "^\\s*[0-9]+\\s*(ms|s|m|h)\\s*$" }),
            json!({ "enum": [0, "0"] }),
            variable,
        ],
        KeyForm::Word(words) => vec![json!({ "enum": words }), variable],
        KeyForm::Texts => vec![text, texts],
        KeyForm::Command => vec![json!({ "type": "string" }), texts],
        KeyForm::Commands => {
            let commands = json!({ "type": "array", "items": any(KeyForm::Command) });
            vec![json!({ "type": "string" }), commands]
        }
        KeyForm::Map(keys) => vec![mapping(object(keys))],
        KeyForm::List(form) => vec![json!({ "type": "array", "items": any(*form) })],
        KeyForm::Names => vec![json!({ "type": "object", "additionalProperties": any(KeyForm::Texts) })],
        KeyForm::Any(forms) => forms.iter().flat_map(|form| alternatives(*form)).collect(),
    }
}
