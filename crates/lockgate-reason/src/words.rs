//! `LG-W`: words and free text.

crate::code::codes! { Words;
    LISTED_WORD = "LG-W001", Hold, People else Originator, "a listed word";
        cause: "A word of one of the lane's lists stands in the text, as written or disguised.";
        example: "A codeword in the remarks.";
        remedy: "A reviewer decides; or the originator removes the word.";
    ENCODED_RUN = "LG-W002", Hold, People else Originator, "a long run of base64 or the like in free text";
        cause: "Twenty-four or more characters without a break that look like base64, or forty-eight letters and digits without one.";
        example: "VGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl in the remarks.";
        remedy: "A reviewer decides; or the originator writes plain words.";
    HEX_RUN = "LG-W003", Hold, People else Originator, "a long run of hexadecimal digits in free text";
        cause: "Forty or more hexadecimal digits without a break, or sixteen or more pairs of them.";
        example: "48 65 6c 6c 6f ... in the remarks.";
        remedy: "A reviewer decides; or the originator writes plain words.";
    ESCAPED_RUN = "LG-W004", Hold, People else Originator, "several escape sequences in free text";
        cause: "Four or more percent, quoted-printable, backslash or character escapes in one field.";
        example: "%48%65%6c%6c%6f in the remarks.";
        remedy: "A reviewer decides; or the originator writes plain words.";
    ARMOUR = "LG-W005", Hold, People else Originator, "the beginning of an ASCII-armoured block in free text";
        cause: "The text holds `-----BEGIN`.";
        example: "A PGP message in the remarks.";
        remedy: "A reviewer decides; or the originator sends the file as a file.";
    ADDRESS = "LG-W006", Hold, People else Originator, "an internet address in free text";
        cause: "The text holds `name://`, `www.`, `mailto:` or a `data:` address.";
        example: "A web address in the remarks.";
        remedy: "A reviewer decides; or the originator leaves the address out.";
}
