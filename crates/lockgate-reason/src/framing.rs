//! `LG-F`: the object as bytes, before anything is known of its content.

crate::code::codes! { Framing;
    EMPTY = "LG-F001", Refuse, "the object has no bytes";
        cause: "An empty file or datagram, or a frame that holds white space only.";
        example: "A file of 0 bytes.";
        remedy: "Nothing to do for the receiver; ask the sender why it sends nothing.";
    OVER_SIZE = "LG-F002", Refuse, "the object is larger than its type or lane allows";
        cause: "More bytes than `limits size` of the type, or than the program reads at all.";
        example: "A track of 70 KiB where the type says 64 KiB.";
        remedy: "Send it in smaller objects, or have the type's limit raised by its author.";
    NOT_OF_A_TYPE = "LG-F003", Refuse, "the bytes are of no type that this lane carries";
        cause: "No type of the lane recognises the structure, and the lane has no slow path.";
        example: "A picture on a lane that carries tracks only.";
        remedy: "Use a lane that carries this type, or have the type added to the lane.";
    UNREADABLE = "LG-F004", Refuse, "the object could not be read";
        cause: "The operating system refused to open or read the file, or it is no regular file.";
        example: "A file without read permission.";
        remedy: "Fix the permission or the path and offer the object again.";
    NOT_FROM_THIS_SOURCE = "LG-F005", Refuse, "the source may not send this type on this lane";
        cause: "The lane's `source` does not list the type.";
        example: "A weather station that sends tracks.";
        remedy: "Have the type added to the source in the lane file, if it should be there.";
    OVER_BUDGET = "LG-F006", Refuse, "inspection would cost more work than one object may";
        cause: "The object is built so that inspection needs more steps than the type's budget.";
        example: "Thousands of nested or repeated parts in a few kilobytes.";
        remedy: "Send a simpler object; a type's author may raise its limits with new evidence.";
    AMBIGUOUS_TYPE = "LG-F007", Refuse, "more than one type of the lane recognises the object";
        cause: "Two types of the lane identify themselves by the same structure, so that nobody can say which one this object is.";
        example: "A lane that carries two versions of one type.";
        remedy: "Carry one of them on this lane, or give the types structures that tell them apart.";
}
