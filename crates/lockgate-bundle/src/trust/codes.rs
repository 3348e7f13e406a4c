//! The codes of trust files, signature files and refused bundles: one table, from which the documentation is printed.

use lockgate_notation::DiagnosticCode;

/// Every code of this part, in order.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

lockgate_notation::diagnostic_codes! {
    BAD_SIGNER_KEY = "S001", "no usable public key",
        "The key of a signer is not an Ed25519 public key in base64 of its DER form.",
        "write the line between BEGIN and END of what `openssl pkey -in KEY -pubout` prints";
    REPEATED_KEY = "S002", "a key that stands twice",
        "Two lines of the trust file have the same key.",
        "give every signer a key of their own";
    NEVER_VALID = "S003", "a signer who is never valid",
        "`until` is not after `from`.",
        "correct the dates";
    IMPOSSIBLE_TRUST = "S004", "a number of signers that cannot be",
        "`needs` is 0, or more than the people who are named.",
        "write `needs=2`, and name at least as many signers";
    BAD_SIGNATURE_LINE = "S005", "no usable signature file",
        "The signature file has a digest, key name or signature that is not one, or too many lines.",
        "have the bundle signed again by `lockgate bundle sign`";
    UNREADABLE = "S006", "not the bundle that was built",
        "The bundle is damaged, changed, cut off or made by another version of the format, or its rules do not compile for operation.",
        "copy the bundle again from where it was built; compare `lockgate bundle show`";
    OTHER_BUNDLE = "S007", "signatures for another bundle",
        "The signature file beside the bundle is about a bundle with another content address.",
        "copy the signature file that belongs to this bundle";
    UNSIGNED = "S008", "an unsigned bundle",
        "There is no signature file beside the bundle, or it holds no signature.",
        "have it signed by `lockgate bundle sign`, and copy the .sigs file along with the bundle";
    TOO_FEW = "S009", "too few signers",
        "Fewer people than the trust file asks for have signed; a signature may have been lost on the way.",
        "have another signer of the trust file sign, or copy the whole signature file";
    SAME_KEY = "S010", "the same key twice",
        "Two signatures were made by one key; they count once.",
        "have another person sign with a key of their own";
    SAME_SIGNER = "S011", "the same signer twice",
        "Two signatures were made by keys of one person; they count once.",
        "have another person sign";
    UNKNOWN_SIGNER = "S012", "an unknown signer",
        "The trust file does not have the key that signed.",
        "add the signer to the trust file if they may sign, or have somebody else sign";
    NOT_VALID_NOW = "S013", "a signer who is not valid now",
        "The signer's time in the trust file has ended, or has not begun.",
        "have a signer sign who is valid now, or renew the signer in the trust file";
    NOT_GENUINE = "S014", "a signature that does not verify",
        "The bundle was changed after it was signed, or the signature was made for something else.",
        "copy both files again; if that does not help, have it signed again";
    OTHER_NAME = "S015", "a signature under another name",
        "The trust file gives the key to somebody else than the signature says.",
        "sign with `--as` and the name that the trust file has, or without it";
    OLDER = "S016", "an older revision",
        "The revision is below one that has run here already, or is that of another bundle that has; an old bundle may allow what a newer one does not.",
        "build the rules again with a higher `revision` in bundle.kdl, and have that signed";
    DEMONSTRATION = "S017", "a demonstration",
        "Something in the bundle is marked `demonstration=#true`; it rests on nobody's authority.",
        "take it out, or put what is really agreed in its place, with its authority";
    NO_SUCH_LANE = "S018", "a missing lane",
        "The bundle has no lane with the name that is asked for.",
        "correct the name of the lane, or copy the bundle that has it";
    UNTRUSTED_AUTHORITY = "S019", "a delegation of somebody who may not give it",
        "A lane of the bundle lowers the level of objects by a delegation, and the trust file names no authority of that name whose key signed it, is valid now, and stays so while the delegation lasts.",
        "add the authority to the trust file if it may let levels be lowered, have it end the delegation no later than its own line does, or take the delegation out of the lane";
    SIGNER_AND_AUTHORITY = "S020", "one person with both parts",
        "The trust file names an authority who is a signer, too; what lowers levels is signed twice, by different people.",
        "give one of the two parts to somebody else";
    OTHER_RULES = "S021", "a bundle of another name",
        "The deployment says what its bundle is called, and this one is called something else; it may be that of another gate.",
        "copy the bundle of that name, or correct `name=` in the deployment";
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_in_order_and_say_enough() {
        for (number, code) in (1..).zip(codes()) {
            assert_eq!(code.id, format!("S{number:03}"));
            assert!(code.title.len() > 6 && code.cause.len() > 20 && code.remedy.len() > 8, "{}", code.id);
        }
    }
}
