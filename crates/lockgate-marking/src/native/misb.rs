//! MISB ST 0102, security metadata of motion imagery: local set tag 1.

super::levels! {
    /// Security classification (tag 1). 0 is no level there: it is a fault.
    MisbLevel, "MISB ST 0102", u8;
    /// UNCLASSIFIED.
    Unclassified = 1 "UNCLASSIFIED",
    /// RESTRICTED.
    Restricted = 2 "RESTRICTED",
    /// CONFIDENTIAL.
    Confidential = 3 "CONFIDENTIAL",
    /// SECRET.
    Secret = 4 "SECRET",
    /// TOP SECRET.
    TopSecret = 5 "TOP SECRET",
}
