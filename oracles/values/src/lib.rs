//! Exact values compared with independent implementations; see `tests/`.
