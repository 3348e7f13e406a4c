//! `LG-A`: agreements, validity and the release check.

crate::code::codes! { Agreement;
    NO_AGREEMENT = "LG-A001", Refuse, "no agreement of the lane covers this object";
        cause: "None of the agreements that the lane names covers the object's data category.";
        example: "An air track where the agreement covers ground tracks.";
        remedy: "An agreement that covers the category would let it flow.";
}
