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
    CLOCK_NOT_TRUSTED = "LG-H003", Hold, "the lane's clock cannot be trusted";
        cause: "The clock was set by more than the deployment allows, is behind the log, or is not synchronised; validity and agreements cannot be judged by it.";
        example: "A machine that lost its time server, or whose clock an operator has set by hand.";
        remedy: "Set the clock right and confirm it (`lockgate reload --confirm-clock`); what was held for it is then decided again.";
}
