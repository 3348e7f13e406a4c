use super::{BOUNDS, Form, Object, Reading, Scope, Terms, read_carried, read_detached};
use crate::signer::Signers;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_marking::LabelKind;
use proptest::prelude::*;

const HEAD: &str = "<s4778:BindingInformation xmlns:s4778=\"urn:nato:stanag:4778:bindinginformation:1:0\" \
    xmlns:s4774=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\">";
const NAME: &str = "track.cot";

fn label(kind: &str, policy: &str) -> String {
    format!(
        "<s4774:{kind}ConfidentialityLabel><s4774:ConfidentialityInformation>\
         <s4774:PolicyIdentifier>{policy}</s4774:PolicyIdentifier></s4774:ConfidentialityInformation>\
         </s4774:{kind}ConfidentialityLabel>"
    )
}

fn metadata(kind: &str) -> String {
    format!("<s4778:Metadata>{}</s4778:Metadata>", label(kind, "NATO"))
}

/// A binding of `items`, each the inside of one `MetadataBinding`.
fn binding(items: &[String]) -> String {
    let items: String =
        items.iter().map(|item| format!("<s4778:MetadataBinding>{item}</s4778:MetadataBinding>")).collect();
    format!(
        "{HEAD}<s4778:MetadataBindingContainer>{items}</s4778:MetadataBindingContainer></s4778:BindingInformation>"
    )
}

fn to(uri: &str) -> String {
    format!("<s4778:DataReference URI=\"{uri}\"/>")
}

fn terms(signers: &Signers) -> Terms<'_> {
    Terms { signers, signature_required: false, now: Time::MAX }
}

fn sidecar(text: &str) -> Reading {
    let signers = Signers::default();
    read_detached(text.as_bytes(), &Object { name: Some(NAME), bytes: b"x" }, Form::Sidecar, &terms(&signers))
}

fn carried(text: &str) -> Option<Reading> {
    let signers = Signers::default();
    read_carried(&Object { name: Some("own.xml"), bytes: text.as_bytes() }, &terms(&signers))
}

fn codes(reading: &Reading) -> Vec<&'static str> {
    reading.findings.iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn a_sidecar_labels_the_object_that_it_names() {
    let reading = sidecar(&binding(&[format!("{}{}", metadata("originator"), to("./track.cot"))]));
    assert_eq!(codes(&reading), [""; 0], "{:?}", reading.findings);
    let [label] = reading.labels.as_slice() else { panic!("one label") };
    assert_eq!((label.kind, label.scope), (LabelKind::Originator, Scope::Whole));
    let xml = core::str::from_utf8(&label.xml).unwrap();
    assert!(xml.starts_with("<s4774:originatorConfidentialityLabel xmlns:s4774="), "{xml}");
}

#[test]
fn a_sidecar_of_another_object_is_refused_rule_35() {
    for uri in ["./a-missing.file.bdo", "b.cot", "http://x.example/track.cot", "", "#xpointer(/)"] {
        let reading = sidecar(&binding(&[format!("{}{}", metadata("originator"), to(uri))]));
        assert_eq!(codes(&reading), ["LG-M053", "LG-M057"], "{uri}");
        assert_eq!(reading.labels[0].scope, Scope::Part, "{uri}");
    }
    let inline = binding(&[format!("{}<s4778:Data><x/></s4778:Data>", metadata("originator"))]);
    assert_eq!(codes(&sidecar(&inline)), ["LG-M053", "LG-M057"]);
}

#[test]
fn an_object_carries_its_binding_embedded_or_encapsulating() {
    let whole = binding(&[format!("{}{}", metadata("originator"), to(""))]);
    let embedded = carried(&format!("<event a=\"1\"><detail>{whole}</detail>text</event>")).unwrap();
    assert_eq!((embedded.form, codes(&embedded)), (Form::Embedded, Vec::new()));
    assert_eq!(embedded.labels[0].scope, Scope::Whole);
    let data = binding(&[format!("{}<s4778:Data><x/></s4778:Data>", metadata("originator"))]);
    let inside = carried(&data).unwrap();
    assert_eq!(
        (inside.form, codes(&inside), inside.labels[0].scope),
        (Form::Encapsulated, Vec::new(), Scope::Whole)
    );
    for beside in [
        format!("<!-- SECRET -->{data}"),
        format!("{data}<?x SECRET?>"),
        data.replace("<s4778:MetadataBinding>", "<s4778:MetadataBinding><!-- SECRET -->"),
    ] {
        assert_eq!(codes(&carried(&beside).unwrap()), ["LG-M057"], "{beside}");
    }
    let noted = data.replace("<x/>", "<x><!-- bound --></x>");
    assert_eq!(codes(&carried(&noted).unwrap()), [""; 0]);
    let part = binding(&[format!("{}{}", metadata("originator"), to("#p"))]);
    let part = part.replace("<s4778:MetadataBinding>", "<s4778:MetadataBinding><!-- SECRET -->");
    assert_eq!(codes(&carried(&format!("<e><p id=\"p\"/>{part}</e>")).unwrap()), ["LG-M057"]);
    for without in ["<event/>", "", "no xml", "<event"] {
        assert_eq!(carried(without), None, "{without}");
    }
    for unseen in ["<!DOCTYPE a><a/>", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>"] {
        assert_eq!(codes(&carried(unseen).unwrap()), ["LG-M050"], "what {unseen} says was not read");
    }
    let prefixed = format!("\u{feff}<event>{whole}</event>");
    assert_eq!(codes(&carried(&prefixed).unwrap()), [""; 0]);
}

#[test]
fn what_names_the_namespace_and_cannot_be_read_is_never_without_a_binding() {
    let whole = binding(&[format!("{}{}", metadata("originator"), to(""))]);
    let cut = format!("<event>{whole}");
    let dtd = format!("<!DOCTYPE a [<!ENTITY b \"c\">]><event>{whole}</event>");
    let text = "urn:nato:stanag:4778:bindinginformation:1:0";
    for (text, code) in [
        (cut.as_str(), "LG-M050"),
        (dtd.as_str(), "LG-M050"),
        (text, "LG-M050"),
        (&format!("<a b=\"{text}\"/>"), "LG-M070"),
        (&format!("<a>{}{}</a>", whole, whole), "LG-M050"),
        (&format!("{}{}", "<a>".repeat(BOUNDS.depth), "</a>".repeat(BOUNDS.depth)), ""),
        (&format!("{}{}", "<a>".repeat(BOUNDS.depth + 1), "</a>".repeat(BOUNDS.depth + 1)), "LG-M051"),
    ] {
        let found = carried(text).map_or(Vec::new(), |reading| codes(&reading));
        assert_eq!(found.join(" "), code, "{}", text.get(..60).unwrap_or(text));
    }
    // The namespace with a character reference in it is the same namespace.
    let hidden = whole.replace("urn:nato:stanag:4778:b", "urn:nato:stanag:4778&#58;b");
    assert!(!hidden.contains(text) && carried(&format!("<a>{hidden}</a>")).is_some());
}

#[test]
fn the_schema_is_followed() {
    let good = format!("{}{}", metadata("originator"), to(NAME));
    let whole = binding(core::slice::from_ref(&good));
    let two = format!("<s4778:Metadata>{0}{0}</s4778:Metadata>{1}", label("originator", "NATO"), to(NAME));
    for (text, code) in [
        ("<x/>".into(), "LG-M050"),
        ("<BindingInformation xmlns=\"urn:x\"/>".into(), "LG-M050"),
        (format!("{HEAD}</s4778:BindingInformation>"), "LG-M050"),
        (binding(&[]), "LG-M050"),
        (binding(&[metadata("originator")]), "LG-M050"),
        (binding(&[to(NAME)]), "LG-M050"),
        (binding(&[format!("{}{}", to(NAME), metadata("originator"))]), "LG-M050"),
        (binding(&[two]), "LG-M050"),
        (binding(&[format!("<s4778:Metadata/>{}", to(NAME))]), "LG-M050"),
        (binding(&[format!("text{good}")]), "LG-M050"),
        (binding(&[format!("<?p i?>{good}")]), "LG-M050"),
        (binding(&[format!("{good}<s4778:Other/>")]), "LG-M050"),
        (binding(&[format!("{}<s4778:DataReference/>", metadata("originator"))]), "LG-M050"),
        (
            binding(&[format!(
                "{}<s4778:DataReference URI=\"{NAME}\"><x/></s4778:DataReference>",
                metadata("originator")
            )]),
            "LG-M050",
        ),
        (
            binding(&[format!("<s4778:Metadata>{}</s4778:Metadata>{}", label("other", "NATO"), to(NAME))]),
            "LG-M050",
        ),
        (whole.replace("<s4778:MetadataBinding>", "<s4778:MetadataBinding x=\"1\">"), "LG-M070"),
        (whole.replace("<s4778:Metadata>", "<s4778:Metadata encoding=\"base64\">"), "LG-M070"),
        (
            whole.replace(
                "</s4778:BindingInformation>",
                "<x:y xmlns:x=\"urn:x\"/></s4778:BindingInformation>",
            ),
            "LG-M070",
        ),
        (
            binding(&[format!(
                "{}<s4778:Metadata>text</s4778:Metadata>{}",
                metadata("originator"),
                to(NAME)
            )]),
            "LG-M070",
        ),
        (
            binding(&[format!(
                "{}<s4778:Metadata><x>{}</x></s4778:Metadata>{}",
                metadata("originator"),
                label("originator", "NATO"),
                to(NAME)
            )]),
            "LG-M070",
        ),
    ] {
        let found = codes(&sidecar(&text));
        assert!(found.contains(&code), "{found:?} {text}");
    }
    let accepted = whole
        .replace("<s4778:Metadata>", "<s4778:Metadata Id=\"a\" xmlns:m=\"http://www.w3.org/2005/05/xmlmime\" m:contentType=\"text/xml\">")
        .replace(HEAD, &HEAD.replace('>', " xml:id=\"b\" xmlns:e=\"urn:nato:stanag:4778:bindinginformation:extensions:1:0\" e:profile=\"urn:x\">"));
    assert_eq!(codes(&sidecar(&accepted)), [""; 0]);
    let other = binding(&[format!(
        "{}<s4778:Metadata><t xmlns=\"urn:x\">title</t></s4778:Metadata>{}",
        metadata("originator"),
        to(NAME)
    )]);
    assert_eq!(codes(&sidecar(&other)), [""; 0], "metadata that is no label is no claim");
}

#[test]
fn parts_are_bound_by_their_identifiers_and_the_rest_is_unlabelled_rule_33() {
    let by_parts = |uris: &[&str], rest: &str| {
        let data: String = uris.iter().map(|uri| to(uri)).collect();
        let bdo = binding(&[format!("{}{data}", metadata("originator"))]);
        carried(&format!("<doc><p Id=\"a\">x</p><p Id=\"b\">y</p>{rest}{bdo}</doc>")).unwrap()
    };
    let all = by_parts(&["#a", "#xpointer(id('b'))"], "");
    assert_eq!((codes(&all), all.labels[0].scope), (Vec::new(), Scope::Part));
    assert_eq!(codes(&by_parts(&["#a"], "")), ["LG-M057"]);
    assert_eq!(codes(&by_parts(&["#a", "#b"], "<q/>")), ["LG-M057"]);
    assert_eq!(codes(&by_parts(&["#a", "#b", "#c"], "")), ["LG-M052"]);
    assert_eq!(codes(&by_parts(&["#a", "#b"], "<p Id=\"b\"/>")), ["LG-M054", "LG-M054", "LG-M057"]);
    let narrow = binding(&[format!(
        "{}<s4778:DataReference URI=\"\"><ds:Transforms xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></s4778:DataReference>",
        metadata("originator")
    )]);
    assert_eq!(codes(&carried(&format!("<doc>{narrow}</doc>")).unwrap()), ["LG-M055"]);
    let unlabelled = binding(&[format!("<s4778:Metadata><t xmlns=\"urn:x\"/></s4778:Metadata>{}", to(""))]);
    assert_eq!(codes(&carried(&format!("<doc a=\"1\">{unlabelled}</doc>")).unwrap()), ["LG-M057"]);
    let two = binding(&[
        format!("{}<s4778:Data><x/></s4778:Data>", metadata("originator")),
        "<s4778:Metadata><t xmlns=\"urn:x\"/></s4778:Metadata><s4778:Data><y/></s4778:Data>".into(),
    ]);
    let two = carried(&two).unwrap();
    assert_eq!((codes(&two), two.labels[0].scope), (Vec::from(["LG-M057"]), Scope::Part));
}

#[test]
fn labels_of_one_kind_stand_once_rule_6() {
    let of = |items: &[&str]| {
        let all: String = items
            .iter()
            .map(|item| {
                let (kind, policy) = item.split_once(' ').unwrap();
                format!("<s4778:Metadata>{}</s4778:Metadata>", label(kind, policy))
            })
            .collect();
        codes(&sidecar(&binding(&[format!("{all}{}", to(NAME))]))).join(" ")
    };
    assert_eq!(of(&["originator NATO", "alternative AUT", "alternative SVN", "metadata NATO"]), "");
    assert_eq!(of(&["originator NATO", "originator NATO"]), "LG-M064");
    assert_eq!(of(&["originator NATO", "alternative AUT", "alternative AUT"]), "LG-M064");
    assert_eq!(of(&["originator NATO", "alternative AUT", "alternative A<!---->UT"]), "LG-M064");
    assert_eq!(of(&["alternative AUT"]), "LG-M065 LG-M057");
    assert_eq!(of(&["metadata NATO"]), "LG-M057");
    let apart = binding(&[
        format!("{}{}", metadata("originator"), to(NAME)),
        format!("{}{}", metadata("originator"), to("./track.cot")),
    ]);
    assert_eq!(codes(&sidecar(&apart)), ["LG-M064"], "two spellings of one reference");
}

#[test]
fn a_label_of_another_version_is_never_passed_over() {
    for family in [
        "urn:nato:stanag:4774:confidentialitymetadatalabel",
        "URN:NATO:stanag:4774:confidentialityMetadataLabel",
    ] {
        for version in ["1:1", "2:0", "1:0:0"] {
            let strange = format!(
                "<s4778:Metadata><o:originatorConfidentialityLabel xmlns:o=\"{family}:{version}\"/></s4778:Metadata>"
            );
            let two = binding(&[
                format!("{}{}", metadata("originator"), to(NAME)),
                format!("{strange}{}", to(NAME)),
            ]);
            assert_eq!(codes(&sidecar(&two)), ["LG-M070"], "{family}:{version}");
        }
    }
    let whole = binding(&[format!("{}{}", metadata("originator"), to(""))]);
    for namespace in
        ["urn:nato:stanag:4778:bindinginformation:1:1", "URN:nato:stanag:4778:bindingInformation:2:0"]
    {
        let other = whole.replace("urn:nato:stanag:4778:bindinginformation:1:0", namespace);
        assert_eq!(codes(&carried(&format!("<event>{other}</event>")).unwrap()), ["LG-M070"], "{namespace}");
    }
}

#[test]
fn one_label_is_one_however_often_it_is_referred_to() {
    let references = "<s4778:MetadataReference URI=\"#l\"/>".repeat(1000);
    let placed = label("originator", "NATO").replacen('>', " Id=\"l\">", 1);
    let bdo = binding(&[format!("{references}{}", to(NAME))])
        .replace("</s4778:BindingInformation>", &format!("{placed}</s4778:BindingInformation>"));
    let reading = sidecar(&bdo);
    assert_eq!(reading.labels.len(), 1);
    assert_eq!(reading.labels[0].scope, Scope::Whole);
    assert!(codes(&reading).contains(&"LG-M064"), "bound a thousand times to one thing");
}

#[test]
fn another_encoding_than_utf_8_is_not_read() {
    let whole = binding(&[format!("{}{}", metadata("originator"), to(NAME))]);
    for (head, codes_of) in [
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", &[][..]),
        ("<?xml version='1.0' encoding='utf-8' standalone='yes'?>", &[]),
        ("\u{feff}<?xml version=\"1.0\"?>", &[]),
        ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", &["LG-M050"]),
        ("\u{feff}<?xml version='1.0' encoding = 'windows-1252'?>", &["LG-M050"]),
    ] {
        assert_eq!(codes(&sidecar(&format!("{head}{whole}"))), codes_of, "{head}");
    }
}

#[test]
fn metadata_may_stand_elsewhere_in_the_document() {
    let stray = format!(
        "<doc><s xmlns:s4774=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\">{}</s>",
        label("originator", "NATO")
    );
    let with = |metadata: &str| {
        let bdo = binding(&[format!("{metadata}{}", to(""))]);
        codes(
            &carried(&format!("{}{bdo}</doc>", stray.replace("Label><s4774:C", "Label Id=\"l\"><s4774:C")))
                .unwrap(),
        )
    };
    assert_eq!(with("<s4778:MetadataReference URI=\"#l\"/>"), [""; 0]);
    assert_eq!(with(&metadata("originator")), ["LG-M070"], "a label where none is read");
    assert!(with("<s4778:MetadataReference URI=\"\"/>").contains(&"LG-M070"));
    assert!(with("<s4778:MetadataReference URI=\"x.xml\"/>").contains(&"LG-M053"));
    assert!(with("<s4778:MetadataReference URI=\"#m\"/>").contains(&"LG-M052"));
}

#[test]
fn counts_are_bounded() {
    let item = format!("{}{}", metadata("originator"), to(NAME));
    let many = Vec::from_iter(core::iter::repeat_n(item, 257));
    assert_eq!(codes(&sidecar(&binding(&many))), ["LG-M051"]);
    let references = to(NAME).repeat(1024);
    assert_eq!(codes(&sidecar(&binding(&[format!("{}{references}", metadata("originator"))]))), ["LG-M051"]);
    let signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>".repeat(5);
    let signed = binding(&[format!("{}{}", metadata("originator"), to(NAME))])
        .replace("<s4778:MetadataBindingContainer>", &format!("{signature}<s4778:MetadataBindingContainer>"));
    assert_eq!(codes(&sidecar(&signed)), ["LG-M051"]);
    let long = binding(&[format!("{}{}", metadata("originator"), to(NAME))])
        .replace(">NATO<", &format!(">{}<", "N".repeat(70_000)));
    assert_eq!(codes(&sidecar(&long)), ["LG-M051"]);
}

proptest! {
    /// One changed byte: a finding, or still the one label of the whole; never a second label, never another scope.
    #[test]
    fn a_changed_sidecar_says_as_much_or_has_a_finding(at in 0_usize..900, byte in any::<u8>()) {
        let mut bytes = binding(&[format!("{}{}", metadata("originator"), to(NAME))]).into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let signers = Signers::default();
        let object = Object { name: Some(NAME), bytes: b"x" };
        let reading = read_detached(&bytes, &object, Form::Sidecar, &terms(&signers));
        let said: Vec<_> = reading.labels.iter().map(|label| (label.kind, label.scope)).collect();
        prop_assert!(!reading.findings.is_empty() || said == [(LabelKind::Originator, Scope::Whole)]);
    }
}
