//! Schema of the shadow at one moment of the stairway, which is read only if it is needed.

use crate::schema::{Key, Kind, Schema, difference, tables_of_statements};
use crate::shadow::{ProofError, SchemaReader, Shadow};

/// Schema of the shadow at one moment.
pub(super) struct CatalogState {
    content: CatalogContent,
    /// [`Shadow::catalog_mark`] at that moment; `None` if it is not known.
    pub(super) mark: Option<String>,
}

/// Reading of a catalog.
enum CatalogContent {
    Schema(Box<Schema>),
    /// The mark holds the statements of the whole catalog: these are its tables, and the schema is parsed when it is
    /// needed.
    Statements(String, Vec<Key>),
    /// Nothing but the mark.
    Unread,
}

/// Result of a comparison with the current catalog: its mark, or both schemas if they differ.
pub(super) type Comparison = Result<Option<String>, Box<[Schema; 2]>>;

impl CatalogState {
    /// Creates the state of a moment at which nothing was read.
    pub(super) const fn unread() -> Self {
        Self { content: CatalogContent::Unread, mark: None }
    }

    /// Reads the mark and, if there is none or `is_wanted`, the schema after it: so the mark is never newer.
    pub(super) fn read(
        shadow: &mut Shadow,
        schema_reader: &SchemaReader<'_>,
        is_wanted: bool,
    ) -> Result<Self, ProofError> {
        let mark = shadow.catalog_mark(&schema_reader.request)?;
        let tables = mark.as_deref().and_then(tables_of_statements);
        let content = match (&mark, tables) {
            (Some(text), Some(tables)) => CatalogContent::Statements(text.clone(), tables),
            (Some(_), None) if !is_wanted => CatalogContent::Unread,
            _ => CatalogContent::Schema(Box::new(shadow.catalog(&schema_reader.request)?)),
        };
        Ok(Self { content, mark })
    }

    /// Reads the schema, if it was not, of the shadow that is still in this state.
    pub(super) fn complete(&mut self, shadow: &mut Shadow, schema_reader: &SchemaReader<'_>) -> Result<(), ProofError> {
        if matches!(self.content, CatalogContent::Unread) {
            self.content = CatalogContent::Schema(Box::new(shadow.catalog(&schema_reader.request)?));
        }
        Ok(())
    }

    /// Returns the tables; `None` if the schema was not read.
    pub(super) fn tables(&self) -> Option<Vec<Key>> {
        match &self.content {
            CatalogContent::Schema(schema) => {
                let keys = schema.objects().map(|object| &object.key);
                Some(keys.filter(|key| key.kind == Kind::Table).cloned().collect())
            }
            CatalogContent::Statements(_, tables) => Some(tables.clone()),
            CatalogContent::Unread => None,
        }
    }

    /// Returns the schema, to be compared with `other`: what the reader of that one could not model is left out of both.
    /// `None` if it was not read.
    #[allow(clippy::expect_used, reason = "the text was written by this process")]
    fn schema(&self, other: &Schema) -> Option<Schema> {
        match &self.content {
            CatalogContent::Schema(schema) => Some((**schema).clone()),
            CatalogContent::Statements(text, _) => {
                Some(Schema::from_json(text, &other.unmodelled).expect("the statements were read by this process"))
            }
            CatalogContent::Unread => None,
        }
    }

    /// Compares with the current catalog, which is read only if its mark is another one. `replayed` returns the schema
    /// of this state if it was not read.
    pub(super) fn compared(
        &self,
        shadow: &mut Shadow,
        schema_reader: &SchemaReader<'_>,
        replayed: impl FnOnce() -> Result<Schema, ProofError>,
    ) -> Result<Comparison, ProofError> {
        let mark = shadow.catalog_mark(&schema_reader.request)?;
        if mark.is_some() && mark == self.mark {
            return Ok(Ok(mark));
        }
        let now = shadow.catalog(&schema_reader.request)?;
        let own = match self.schema(&now) {
            Some(schema) => schema,
            None => replayed()?,
        };
        // Statements are parsed without what the reader of the other schema could not model.
        let has_same_others =
            matches!(self.content, CatalogContent::Statements(..)) || own.unmodelled == now.unmodelled;
        let is_equal = has_same_others && difference(&own, &now).is_empty();
        Ok(if is_equal { Ok(mark) } else { Err(Box::new([own, now])) })
    }
}
