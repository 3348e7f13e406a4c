//! `LG-X`: the guard itself is at fault.

crate::code::codes! { Fault;
    INTERNAL = "LG-X001", Refuse, Operator, "an internal fault; the object does not cross";
        cause: "Two parts of the guard disagree, or a state that should not exist was reached.";
        example: "None is known; this is the guard checking itself.";
        remedy: "Report it with the decision record.";
    NOT_THE_SAME = "LG-X002", Refuse, Operator, "the rewritten object does not say what the original says";
        cause: "An object was written anew, and the reference interpreter reads something else in it than was read in the original.";
        example: "None is known; this is the guard checking itself.";
        remedy: "Report it with the decision record.";
}
