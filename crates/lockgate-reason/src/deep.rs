//! `LG-D`: the slow path.

crate::code::codes! { Deep;
    NOT_OPENED = "LG-D001", Hold, "held unopened: no deep inspection is available";
        cause: "The object is for the slow path, and this program or this machine cannot inspect it in a jail.";
        example: "A PDF on a lane whose slow path accepts PDF.";
        remedy: "A reviewer decides on the original object; nothing has looked into it.";
}
