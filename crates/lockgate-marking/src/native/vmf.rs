//! MIL-STD-2045-47001, application header of VMF messages: security level, two bits. There is no RESTRICTED.

super::levels! {
    /// Security level of a VMF message.
    VmfLevel, "MIL-STD-2045-47001", u8;
    /// UNCLASSIFIED.
    Unclassified = 0 "UNCLASSIFIED",
    /// CONFIDENTIAL.
    Confidential = 1 "CONFIDENTIAL",
    /// SECRET.
    Secret = 2 "SECRET",
    /// TOP SECRET.
    TopSecret = 3 "TOP SECRET",
}
