//! From a map of path to bytes to one checked, compiled, content-addressed Bundle.

#![no_std]
