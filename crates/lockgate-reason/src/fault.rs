//! `LG-X`: the guard itself is at fault.

crate::code::codes! { Fault;
    INTERNAL = "LG-X001", Refuse, "an internal fault; the object does not cross";
        cause: "Two parts of the guard disagree, or a state that should not exist was reached.";
        example: "None is known; this is the guard checking itself.";
        remedy: "Report it with the decision record.";
    SECOND_REWRITE = "LG-X002", Refuse, "a rewritten object would have to be rewritten again";
        cause: "The object written from the record is not canonical when inspected again.";
        example: "None is known; this is the guard checking itself.";
        remedy: "Report it with the decision record.";
}
