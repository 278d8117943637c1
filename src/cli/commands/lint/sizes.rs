//! Sizes of tables from the output of `preflight --json`.

use std::path::Path;

use serde_json::Value;

use crate::cli::report::CommandError;
use crate::error_code::ErrorCode;
use crate::lint::{KnownSize, TableSizes};
use crate::sql::TableName;

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<TableSizes, CommandError> {
    let failed = |reason: String| {
        CommandError::new(ErrorCode::FileUnreadable, format!("{} cannot be read: {reason}", path.display()))
            .hint("--sizes takes the output of: aludel preflight --json")
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let document: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let mut sizes = TableSizes::default();
    let services = document.get("services").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut has_tables = false;
    for service in &services {
        let Some(tables) = service.get("tables").and_then(Value::as_array) else { continue };
        has_tables = true;
        for table in tables {
            let name = table.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let schema = table.get("schema").and_then(Value::as_str).map(str::to_owned);
            let bytes = table.get("bytes").and_then(Value::as_u64).unwrap_or_default();
            let rows = table.get("rows").and_then(Value::as_u64);
            sizes.add(TableName { schema, name }, KnownSize { rows, bytes });
        }
    }
    if has_tables { Ok(sizes) } else { Err(failed("it has no sizes of tables".to_owned())) }
}
