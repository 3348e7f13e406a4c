//! `LG-R`: authored rules. The rule's own identifier tells which.

crate::code::codes! { Rule;
    NOT_MET = "LG-R001", Refuse, People else Originator, "an authored rule is not met";
        cause: "The rule's `require` is false where its `when` holds; the rule says hold or refuse.";
        example: "A track that was stale when it was made.";
        remedy: "Read what the rule says; have the originator correct the object, or the rule's author the rule. Where the rule holds and the lane lets people answer it, a reviewer decides.";
    NOT_EVALUATED = "LG-R002", Refuse, Author, "an authored rule could not be evaluated";
        cause: "A field that the rule reads is absent, or two values do not compare; the rule should ask first with has().";
        example: "A comparison of levels of two policies.";
        remedy: "Have the rule's author guard the field with has(), or require it.";
}
