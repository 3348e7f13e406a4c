//! `LG-E`: egress, where a released object waits, is checked once more, and leaves.

crate::code::codes! { Egress;
    SEAL_BROKEN = "LG-E001", Refuse, "the object is not the one that was released";
        cause: "Its hash or its tag does not hold: bytes, precedence, time limit, lane, bundle or place in the log differ from what was sealed at its release.";
        example: "None is known in one process; a fault of memory, or someone who writes into the guard.";
        remedy: "An alarm: stop the lane, keep the log, and find out what else that machine does.";
    ANOTHER_LANE = "LG-E002", Refuse, "the object was released on another lane";
        cause: "Egress serves one lane, and the object's seal names a different one.";
        example: "Two lanes of one deployment wired to one egress.";
        remedy: "An alarm: the guard is at fault. Report it with the decision record.";
    RETIRED_BUNDLE = "LG-E003", Refuse, "the object was released under a bundle that is no longer in force";
        cause: "The bundle changed and the object was not called back to be decided again.";
        example: "An object handed to egress after a reload that was decided before it.";
        remedy: "An alarm: the guard is at fault. Report it with the decision record, and offer the object again.";
    OVER_LINK = "LG-E004", Hold, "the object does not fit through this sink";
        cause: "One object is one datagram here, and it is larger than the largest datagram that the deployment sends.";
        example: "A report of 80,000 bytes on a lane that ends in plain UDP.";
        remedy: "End the lane in a sink without that limit, or have the type's size limited in the lane.";
    QUEUE_FULL = "LG-E005", Hold, "the queue to the sink is full";
        cause: "More was released than the link carries, and nothing of lower precedence was left to make room.";
        example: "A link that is down for longer than the queue lasts.";
        remedy: "Look at the link and its rate; what is held can be released again, or expires.";
    EXPIRED = "LG-E006", Refuse, "the object's time ran out before it could be sent";
        cause: "Its `not_after` came while it waited, or before it was handed to egress.";
        example: "A track that is stale after 30 seconds, behind a link that was down for a minute.";
        remedy: "Nothing to do for the object; look at the link and its rate if this happens often.";
    SUPERSEDED = "LG-E007", Refuse, "a newer report of the same thing takes its place";
        cause: "While it waited, or when it came, the queue had an object of the same source, type and identifier with the same or a later time.";
        example: "Two positions of one ship within the time that the link needs for one.";
        remedy: "Nothing to do; the newer one is sent.";
    AHEAD = "LG-E008", Refuse, "the object's own time is too far ahead of the guard's clock";
        cause: "Newest wins here, and a report from the future would keep every true one away until its time comes.";
        example: "A track dated next year.";
        remedy: "Set the source's clock, or the guard's; the allowance is in the deployment file.";
}
