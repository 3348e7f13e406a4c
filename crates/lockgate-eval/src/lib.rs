//! The compiled rule program and its evaluator; no parser.

#![no_std]
