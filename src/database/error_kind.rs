//! Classification of server errors by the action they require.

/// Kinds of errors that more depends on than their message. Drivers determine them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A statement creates an object that exists already.
    AlreadyExists,
    /// A statement creates an object that all databases of the server share, such as a role, and that exists already.
    AlreadyExistsOnServer,
    /// A statement uses a table, or a schema, that does not exist.
    NoSuchTable,
    /// A statement uses a column, function or type that does not exist.
    NoSuchObject,
    /// The server or the transaction is read-only.
    ReadOnly,
    /// Another session or a timeout cancelled the statement.
    Cancelled,
    /// A lock could not be acquired: the statement can be tried again.
    LockRefused,
    /// The user lacks a privilege.
    PermissionDenied,
    /// The disk or the server's quota is full.
    DiskFull,
}
