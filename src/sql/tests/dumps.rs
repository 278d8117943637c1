//! Real dumps.
