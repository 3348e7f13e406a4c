//! The rule language: parse, check against a Shape, compile; the reference interpreter.

#![no_std]
