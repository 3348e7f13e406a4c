//! The type language: one description gives the Shape, the parser, the emitter and the reference interpreter.

#![no_std]
