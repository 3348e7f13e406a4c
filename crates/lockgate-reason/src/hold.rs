//! `LG-H`: hold and review.

crate::code::codes! { Hold;
    TIER_SHADOW = "LG-H001", Hold, "the type is still in shadow (tier 2)";
        cause: "All fast checks pass, but the evidence for tier 1 is not complete.";
        example: "A new type before its expected verdicts are confirmed.";
        remedy: "Complete the evidence; `lockgate check` says what is missing.";
    TIER_HELD = "LG-H002", Hold, "the type is always held (tier 3)";
        cause: "The type's tier is 3: people decide on every object.";
        example: "A type under construction.";
        remedy: "Complete the evidence; `lockgate check` says what is missing.";
}
