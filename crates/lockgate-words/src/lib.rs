//! Dirty words and hidden payload in free text, after Unicode normalisation.

#![no_std]
