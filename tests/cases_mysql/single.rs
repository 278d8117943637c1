//! What a pair of statements cannot say.
