//! Bounded KDL reader, printer and diagnostics for authored files.

#![no_std]
