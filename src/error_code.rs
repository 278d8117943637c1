//! Error codes: the stable names of failures in reports, in `--json` and in `docs/errors.md`.

/// Declares the enum and its texts from one list, so that no code can lack a text.
macro_rules! error_codes {
    ($($variant:ident => $text:literal,)*) => {
        /// Code of a failure. Scripts rely on the texts: one that exists is neither renamed nor reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl ErrorCode {
            /// All codes, in the order of `docs/errors.md`.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the code in kebab case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

error_codes! {
    // The command line and its files
    Usage => "usage",
    ConfigNotFound => "config-not-found",
    ConfigInvalid => "config-invalid",
    EnvFileInvalid => "env-file-invalid",
    FolderNotFound => "folder-not-found",
    FolderNotConfigured => "folder-not-configured",
    FileUnreadable => "file-unreadable",
    FileUnwritable => "file-unwritable",
    ReportUnwritable => "report-unwritable",
    OutputUnwritable => "output-unwritable",
    FileExists => "file-exists",
    FileChanged => "file-changed",
    FileNameInvalid => "file-name-invalid",
    GitFailed => "git-failed",
    RefNotFound => "ref-not-found",
    NoEditor => "no-editor",
    EditorFailed => "editor-failed",

    // Revision files
    RevisionInvalid => "revision-invalid",
    IdInvalid => "id-invalid",
    DuplicateRevision => "duplicate-revision",
    DuplicateLabel => "duplicate-label",
    LabelInvalid => "label-invalid",
    MissingDownRevision => "missing-down-revision",
    MissingDependency => "missing-dependency",
    Cycle => "cycle",
    ReplacesInvalid => "replaces-invalid",
    NoDowngrade => "no-downgrade",
    DowngradeExists => "downgrade-exists",
    OpenPlaceholder => "open-gap",
    TemplateInvalid => "template-invalid",
    SqlInvalid => "sql-invalid",
    CaseInvalid => "case-invalid",
    RevisionRefused => "revision-refused",
    LintRefused => "lint-refused",

    // Targets
    RevisionNotFound => "revision-not-found",
    RevisionAmbiguous => "revision-ambiguous",
    MultipleHeads => "multiple-heads",
    NotInLineage => "not-in-lineage",
    RelativeOutOfRange => "relative-out-of-range",
    RelativeAmbiguous => "relative-ambiguous",
    TargetInvalid => "target-invalid",
    ObjectNotFound => "object-not-found",
    RowsNotKnown => "rows-not-known",
    NotAHead => "not-a-head",
    MergeInvalid => "merge-invalid",
    RebaseInvalid => "rebase-invalid",
    RebaseApplied => "rebase-applied",
    RebaseDiffers => "rebase-differs",
    SquashInvalid => "squash-invalid",
    StampOverlap => "stamp-overlap",

    // The database
    ConnectionFailed => "connection-failed",
    PasswordUnavailable => "password-unavailable",
    ConnectionLost => "connection-lost",
    DatabaseError => "database-error",
    WaitTimeout => "wait-timeout",
    ReadOnlyServer => "read-only-server",
    StatementFailed => "statement-failed",
    RequireFailed => "require-failed",
    VerifyFailed => "verify-failed",
    IncompleteRevision => "incomplete-revision",
    IncompleteChanged => "incomplete-changed",
    StatementUnknown => "statement-unknown",
    SessionLost => "session-lost",
    ChecksumMismatch => "checksum-mismatch",
    NothingToRepair => "nothing-to-repair",
    IncompleteRestore => "incomplete-restore",
    Locked => "locked",
    PhaseTooEarly => "phase-too-early",
    RowsMoved => "rows-moved",
    VersionRowsLost => "version-rows-lost",
    UnknownRow => "unknown-row",
    ReplacedFilesMissing => "replaced-files-missing",
    DatabaseAhead => "database-ahead",
    OverlappingRows => "overlapping-rows",
    IdTooLong => "id-too-long",
    HookFailed => "hook-failed",
    Interrupted => "interrupted",

    // Backup and restore
    BackupProgramMissing => "backup-program-missing",
    BackupProgramVersion => "backup-program-version",
    BackupProgramUnusable => "backup-program-unusable",
    BackupRefused => "backup-refused",
    BackupFailed => "backup-failed",
    BackupUnequal => "backup-unequal",
    BackupUnverified => "backup-unverified",
    BackupNotFound => "backup-not-found",
    BackupRecordMissing => "backup-record-missing",
    BackupDamaged => "backup-damaged",
    RestoreFailed => "restore-failed",
    NotConfirmed => "not-confirmed",

    // Schemas and shadow databases
    NoSchema => "no-schema",
    SchemaInvalid => "schema-invalid",
    SchemaCommandFailed => "schema-command-failed",
    ReplayFailed => "replay-failed",
    CaseFailed => "case-failed",
    ShadowRefused => "shadow-refused",
    ShadowNotEmpty => "shadow-not-empty",
    ShadowIsTarget => "shadow-is-target",
    ShadowInUse => "shadow-in-use",
    DialectMismatch => "dialect-mismatch",
    ShadowSchemaNamed => "shadow-schema-named",
    ShadowDatabaseNamed => "shadow-database-named",
    NoSnapshot => "no-snapshot",
    Protected => "protected",
    PushNeedsRevision => "push-needs-revision",

    // Other tools' histories
    PythonUnreadable => "python-unreadable",
    PythonRevision => "python-revision",
    PythonNotConfigured => "python-not-configured",
    PythonUnrendered => "python-unrendered",
    PythonFailed => "python-failed",
    AlembicFailed => "alembic-failed",
    AlembicElsewhere => "alembic-elsewhere",
    AlembicConfigInvalid => "alembic-config-invalid",
    ImportInvalid => "import-invalid",
    ImportDiffers => "import-differs",
    ForeignTableMissing => "foreign-table-missing",
    ForeignFailed => "foreign-failed",
    ForeignUnknown => "foreign-unknown",
    ForeignGap => "foreign-gap",
    AlreadyStamped => "already-stamped",

    // Several services
    DependencyMissing => "dependency-missing",
    DependencyNeeded => "dependency-needed",
    DependencyCycle => "dependency-cycle",
    Blocked => "blocked",
    InternalError => "internal-error",
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
