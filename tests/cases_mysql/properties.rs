//! Schemas of chance.
