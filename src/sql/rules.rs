//! What a dialect knows about the text of statements.

/// Rules of one dialect for SQL text: its tokens, its kinds of statements, what they change and lock, how names and
/// texts are quoted. Implemented in the dialect's folder and found with [`super::Dialect::rules`].
pub trait DialectRules: Sync {
    /// Name used in templates and JSON: `postgresql`, `mysql`, `sqlite`.
    fn name(&self) -> &'static str;
}
