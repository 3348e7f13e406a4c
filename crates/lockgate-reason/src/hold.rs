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
    NO_PSEUDONYM_KEY = "LG-H010", Hold, "the lane gives pseudonyms, and has no key for them";
        cause: "The lane lets an identity cross under another name only, and the deployment or the command has no key to make it with.";
        example: "`inspect` on a lane with `pseudonym` fields, without `--pseudonym-key`.";
        remedy: "Name the key in the deployment (`pseudonyms key=...`), or give it with `--pseudonym-key FILE`.";
    NOT_ALTERED = "LG-H011", Hold, "a field has no value near it that the lane lets cross";
        cause: "The lane rounds or renames the field, and what it would become is not a value that the field may have.";
        example: "A quantity that has no multiple of the step of `coarsen` within its bounds.";
        remedy: "Correct the step in the lane file, or let people decide on the object.";
}
