//! docs/aludel.schema.json is the schema that the code makes (`UPDATE_DOCS=1 cargo test --test pure config_schema::`
//! rewrites it), and it accepts what the parser accepts.

use std::path::{Path, PathBuf};

use aludel::config::{Config, json_schema};
use serde_json::Value;

#[test]
fn the_schema_in_the_package_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/aludel.schema.json");
    let now = json_schema();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == now,
        "docs/aludel.schema.json is out of date: UPDATE_DOCS=1 cargo test --test pure config_schema::"
    );
}

/// Returns why `value` does not match `schema`: the keywords that the schema of the config uses.
fn mismatch(schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{path}: {what}: {value}"));
    if let Some(forms) = schema["anyOf"].as_array() {
        let errors: Vec<_> = forms.iter().filter_map(|form| mismatch(form, value, path).err()).collect();
        if errors.len() == forms.len() {
            return Err(errors.into_iter().max_by_key(String::len).unwrap_or_default());
        }
    }
    if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
        return wrong(&format!("none of {words:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    if !types.is_empty() && !types.iter().any(is) {
        return wrong(&format!("not {types:?}"));
    }
    let minimum = schema["minimum"].as_i64();
    if minimum.is_some_and(|minimum| value.as_i64().is_some_and(|number| number < minimum)) {
        return wrong("too small");
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str()) {
        // The two patterns that there are: a variable, and a duration.
        let matches = match pattern.contains("ms") {
            true => text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(['s', 'm', 'h']),
            false => text.contains("${"),
        };
        if !matches {
            return wrong(pattern);
        }
    }
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(required).is_none() {
            return wrong(&format!("no {required}"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(key).or_else(|| schema.get("additionalProperties"));
        match known {
            Some(Value::Bool(false)) => return Err(format!("{path}: unknown key {key}")),
            Some(known) => mismatch(known, inner, &format!("{path}.{key}"))?,
            None => {}
        }
    }
    for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
        mismatch(&schema["items"], item, path)?;
    }
    Ok(())
}

fn check(text: &str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(&json_schema()).unwrap();
    let value: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    mismatch(&schema, &value, "config")
}

/// Texts of configs in the transcripts and pages: everything behind `## file aludel.yaml`.
fn configs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![(root.join("aludel.yaml"), std::fs::read_to_string(root.join("aludel.yaml")).unwrap())];
    let mut folders = vec![root.join("tests/transcripts"), root.join("tests/scenarios"), root.join("examples")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("aludel.yaml") {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            } else if path.extension().is_some_and(|extension| extension == "txt") {
                let text = std::fs::read_to_string(&path).unwrap();
                let blocks = text.split("\n## file ").skip(1).filter(|block| block.contains("aludel.yaml\n"));
                let is_next = |line: &&str| !["$ ", "# ", "## "].iter().any(|start| line.starts_with(start));
                let body = |block: &str| {
                    block.lines().skip(1).take_while(is_next).fold(String::new(), |text, line| text + line + "\n")
                };
                found.extend(
                    blocks
                        .filter(|block| block.lines().next().is_some_and(|name| name.ends_with("aludel.yaml")))
                        .map(|block| (path.clone(), body(block))),
                );
            }
        }
    }
    found
}

#[test]
fn the_schema_and_the_parser_agree_on_every_config_of_the_tests() {
    let (mut valid, mut invalid) = (0, 0);
    for (path, text) in configs() {
        let parsed = Config::parse(&text, Path::new("aludel.yaml"), &|_| Some("1".to_owned()));
        match (parsed, check(&text)) {
            (Ok(_), Ok(())) => valid += 1,
            (Ok(_), Err(error)) => {
                panic!("{}: the schema refuses what the parser takes: {error}\n{text}", path.display())
            }
            (Err(_), Err(_)) => invalid += 1,
            // Names, duplicates and paths are checked by the parser only.
            (Err(_), Ok(())) => {}
        }
    }
    assert!(valid > 50 && invalid > 5, "{valid} valid, {invalid} invalid");
}

#[test]
fn the_schema_refuses_what_an_editor_should_mark() {
    for text in [
        "revisions: r\nurll: x\n",
        "services: {a: {revisions: r, recursive: perhaps}}\n",
        "services: {a: {revisions: r, lock_timeout: soon}}\n",
        "services: {a: {revisions: r, lock: row}}\n",
        "services: {a: {revisions: r, backup: {keep: 0}}}\n",
        "services: {a: {revisions: r, hooks: {before: x}}}\n",
        "services: {a: {revisions: r, url_command: {timeout: 1s, command: x}}}\n",
        "url: sqlite:a.db\n",
    ] {
        assert!(check(text).is_err(), "{text}");
    }
    check("env_file: false\nlock_timeout: ${TIME}\nservices: {a: {revisions: [r, s], url_command: [a, b], hooks: {after_deploy: [x, {run: y, timeout: 5s}]}}}\n").unwrap();
}
