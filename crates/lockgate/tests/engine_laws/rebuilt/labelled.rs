//! Labels inside of objects of no known type: nothing reads them as labels, so an object with one is not one without a label.

use super::*;
use lockgate::pipeline::look_ahead_with;
use lockgate_bytes::Span;
use lockgate_core::{Beside, Company};

/// A binding with a label, as it is embedded in packets of metadata (STANAG 4778.2).
const BINDING: &str = "<mb:BindingInformation xmlns:mb=\"urn:nato:stanag:4778:bindinginformation:1:0\"><mb:MetadataBindingContainer>\
    <mb:MetadataBinding><mb:Metadata><s:originatorConfidentialityLabel xmlns:s=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\">\
    <s:ConfidentialityInformation><s:PolicyIdentifier>NATO</s:PolicyIdentifier><s:Classification>SECRET</s:Classification>\
    </s:ConfidentialityInformation></s:originatorConfidentialityLabel></mb:Metadata></mb:MetadataBinding></mb:MetadataBindingContainer>\
    </mb:BindingInformation>";

fn packet(inside: &str) -> String {
    format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">{inside}</x:xmpmeta>")
}

/// The checksum of PNG and ZIP.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// A grey pixel, and a packet in a text chunk.
fn png(packet: &str) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let summed = [kind, data].concat();
        [&length[..], &summed, &checksum(&summed).to_be_bytes()].concat()
    };
    let text = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
    [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
        chunk(b"iTXt", &text),
        chunk(b"IDAT", b"\x78\x9C\x63\x60\0\0\0\x02\0\x01"),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// An empty page, and a packet beside it.
fn pdf(packet: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 30]>>".to_owned(),
        format!("<</Type/Metadata/Subtype/XML/Length {}>>stream\n{packet}\nendstream", packet.len()),
    ];
    let (mut out, mut table) = (b"%PDF-1.7\n".to_vec(), "0000000000 65535 f \n".to_owned());
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let start = out.len();
    out.extend(
        format!("xref\n0 5\n{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    out
}

/// An office document with a part of other programs' data.
fn docx(item: &[u8]) -> Vec<u8> {
    let parts: [(&str, &[u8]); 3] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b"<w:t>rain and wind</w:t>"),
        ("customXml/item1.xml", item),
    ];
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, data) in parts {
        let at = long(out.len());
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let sum = checksum(data).to_le_bytes();
        let shared = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &sum,
            &long(data.len()),
            &long(data.len()),
            &length,
            &[0, 0],
        ]
        .concat();
        out.extend([b"PK\x03\x04", &shared[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02\x14\0", &shared[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let (size, at) = (long(directory.len()), long(out.len()));
    let end = [&b"PK\x05\x06\0\0\0\0\x03\0\x03\0"[..], &size, &at, &[0, 0]].concat();
    [out, directory, end].concat()
}

/// What a worker sees in it. Whatever it is, something may be built from it here: what counts is the label.
fn seen(object: &[u8]) -> Looked {
    let answer = lockgate_deep::look(object);
    let form = answer.form.map(lockgate_deep::Form::name);
    Looked::Through(Seen { form, findings: answer.findings, texts: answer.texts, ..usual() })
}

#[test]
fn an_object_with_a_label_inside_is_not_one_without_a_label() {
    let gate = gate(&[("lanes/cot-down.kdl", "accept pdf jpeg png nitf", "accept pdf jpeg png nitf zip")]);
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(BINDING.bytes().flat_map(|byte| [byte, 0])).collect();
    let labelled = [
        ("packet of a picture", png(&packet(BINDING))),
        ("packet of a document", pdf(&packet(BINDING))),
        ("part of an office document", docx(BINDING.as_bytes())),
        ("the same in two bytes a letter", docx(&wide)),
    ];
    for (what, object) in &labelled {
        let seen = seen(object);
        assert!(prospect(&gate, &seen).output().is_none(), "{what}");
        let (released, account) = approved(&gate, &seen, &seen, |terms| terms);
        assert!(released.is_none() && account["verdict"] == "hold", "{what}: {account}");
        assert!(codes(&account).contains(&"LG-M072"), "{what}: {account}");
        assert!(!codes(&account).contains(&"LG-M001"), "{what}: {account}");
        assert!(account["label"].is_null(), "{what}: {account}");
        assert_eq!(account["claims"].as_array().unwrap().len(), 1, "{what}: {account}");
    }
    let others = [png(&packet("")), pdf(&packet("")), docx(b"<item/>")];
    for object in &others {
        let (_, account) = approved(&gate, &seen(object), &seen(object), |terms| terms);
        assert!(!codes(&account).contains(&"LG-M072"), "{account}");
        assert_eq!(account["label"]["level"], "RESTRICTED", "the lane's own: {account}");
    }
}

/// With a label beside it, an object has that one, and what the label inside says is held against it like any other marking.
#[test]
fn a_label_beside_an_object_with_one_inside_has_to_bear_it_out() {
    let LaneLabel(label) = lane_label();
    let mut company = Company::new();
    company.claim(Beside::Sidecar, &"sidecar.label[0]".into(), Span::new(1, 2), Some(label.into()), false);
    let foreseen = |inside: &str| {
        let seen = seen(&png(&packet(inside)));
        let mut worker = Told(seen);
        look_ahead_with(frame(&GATE), &company, &GATE.policy, now(), Box::default(), &mut worker)
    };
    let above = foreseen(BINDING);
    assert!(above.output().is_none() && above.account().contains("LG-D019"), "{}", above.account());
    assert!(!above.account().contains("LG-M072"), "{}", above.account());
    let same = foreseen(&BINDING.replace(">SECRET<", ">x<").replace(">NATO<", ">x<"));
    assert!(same.output().is_some() && same.account().contains("form.label"), "{}", same.account());
}

/// The label that the lane assigns, as somebody else would claim it.
struct LaneLabel(lockgate_marking::Label);

fn lane_label() -> LaneLabel {
    let verdict = judge_attested(
        frame(&GATE),
        &GATE.policy,
        now(),
        Box::default(),
        &mut Told(Looked::Through(usual())),
        &[],
    );
    LaneLabel(*verdict.account().label().expect("it has the lane's"))
}
