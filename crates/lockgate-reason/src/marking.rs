//! `LG-M`: markings and labels.

crate::code::codes! { Marking;
    UNLABELLED = "LG-M001", Hold, "no label, and the lane assigns none";
        cause: "No carrier of the object makes a claim (absent, empty or a value listed as unlabelled).";
        example: "A track with access=\"Undefined\".";
        remedy: "Have the originator label it; or a lane may assign a default, signed and dated.";
    UNREADABLE_CLAIM = "LG-M002", Refuse, "a claim that is not exactly a listed value";
        cause: "A marking field holds something that the profile does not list; it is never read as unlabelled.";
        example: "access=\"restrcted\"";
        remedy: "Have the originator correct the marking, or the profile list the value.";
    UNKNOWN_POLICY = "LG-M003", Hold, "the label is of a policy that this bundle does not know";
        cause: "No policy of the bundle has this name and identifier.";
        example: "A label of another nation's policy.";
        remedy: "Add the policy and an equivalence to the bundle, or have it labelled under a known policy.";
}
