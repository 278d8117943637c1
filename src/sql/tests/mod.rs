//! Tests of the splitter as a whole: cases as data per dialect, properties, and real dumps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
