//! `LG-W`: words and free text.

crate::code::codes! { Words;
    LISTED_WORD = "LG-W001", Hold, "a listed word";
        cause: "A word of one of the lane's lists stands in the text, as written or disguised.";
        example: "A codeword in the remarks.";
        remedy: "A reviewer decides; or the originator removes the word.";
}
