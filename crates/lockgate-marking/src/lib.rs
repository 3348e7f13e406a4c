//! Policies, labels, communities, agreements, equivalence and the release check.

#![no_std]
