#!/usr/bin/env python3
"""Makes the vectors that lockgate-binding is held against: canonical XML by libxml2, signatures by xmlsec.

    python3 -m venv venv && venv/bin/pip install lxml==6.1.3 xmlsec==1.3.17 cryptography
    venv/bin/python generate.py ../../crates/lockgate-binding/tests/vectors

Neither shares code with Lockgate. Documents come from a fixed seed; keys and signatures are new with each run, so the
files differ and mean the same. Every signature is verified by xmlsec again before it is written.
"""

import hashlib
import json
import os
import random
import sys
import tempfile

import xmlsec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

SEED = 4778
DS = "http://www.w3.org/2000/09/xmldsig#"
MB = "urn:nato:stanag:4778:bindinginformation:1:0"
CL = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
ENVELOPED = DS + "enveloped-signature"


def canonical(node):
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


# Canonical XML of random documents.

# No `&` in a namespace: libxml2 writes it unescaped, against Canonical XML 1.0, section 2.3.
SPACES = ["urn:a", "urn:b", "http://c.example/d?e=f", "urn:x:y"]
PREFIXES = ["a", "b", "c", "xa", "A"]
TEXTS = ["", " ", "x", "a &lt; b &amp; c &gt; d", "\t\n", "\r\n", "&#13;", "&#9;", "&#10;", "<![CDATA[<&>]]>", "\u00e9\u4e2d",
         "&quot;'", "]]&gt;", "<!-- c -->", "x<!-- c -->y", "<?p i?>", "<?p?>"]
VALUES = ["", "v", "a &lt; b &amp;", "&#9;&#10;&#13;", "\t\n x", "&quot;", "'", "\u00e9", "&gt;", "a\r\nb"]


def element(random, scope, depth):
    scope = dict(scope)
    declared = {}
    for _ in range(random.choice([0, 0, 0, 1, 1, 2])):
        if random.random() < 0.3:
            declared[""] = random.choice(SPACES + [""])
        else:
            declared[random.choice(PREFIXES)] = random.choice(SPACES)
    scope.update(declared)
    usable = [prefix for prefix in scope if prefix]
    prefix = random.choice(usable + [""] * 3)
    name = (prefix + ":" if prefix else "") + random.choice("pqr")
    attributes, seen = [], set()
    for _ in range(random.choice([0, 0, 1, 2, 4])):
        prefix = random.choice(usable + [""] * 2 + ["xml"])
        local = random.choice(["lang", "space"]) if prefix == "xml" else random.choice("mno")
        key = (scope.get(prefix, prefix) if prefix else "", local)
        if key not in seen:
            seen.add(key)
            value = "preserve" if (prefix, local) == ("xml", "space") else random.choice(VALUES)
            attributes.append(f'{prefix + ":" if prefix else ""}{local}="{value}"')
    for prefix, uri in declared.items():
        attributes.append(f'xmlns{":" + prefix if prefix else ""}="{uri}"')
    random.shuffle(attributes)
    head = " ".join([name] + attributes)
    inside = []
    for _ in range(random.choice([0, 1, 2, 3, 5]) if depth < 5 else 0):
        inside.append(element(random, scope, depth + 1) if random.random() < 0.5 else random.choice(TEXTS))
    return f"<{head}>{''.join(inside)}</{name}>" if inside or random.random() < 0.5 else f"<{head}/>"


def documents():
    source = random.Random(SEED)
    around = ["", "\n", "<!-- c -->", "<?p i?>", '<?xml-stylesheet href="x"?>\n', "<?p?>"]
    for _ in range(500):
        text = source.choice(around) + element(source, {}, 0) + source.choice(around)
        try:
            # Bytes, so that line ends are those of the text.
            tree = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, remove_blank_text=False))
        except etree.XMLSyntaxError as error:
            raise SystemExit(f"not well-formed: {text!r}: {error}")
        nodes = list(tree.iter(etree.Element))
        at = source.randrange(len(nodes))
        whole = etree.tostring(tree.getroottree(), method="c14n", exclusive=True, with_comments=False)
        # A subtree is cut out by its own file, since lxml writes the tail of a node after it.
        part = etree.tostring(nodes[at], method="c14n", exclusive=True, with_comments=False, with_tail=False)
        yield {"xml": text, "whole": whole.decode(), "element": at, "part": part.decode()}


# Signed bindings.

def label(originator="urn:example:aut", level="RESTRICTED", identifier="label"):
    return (f'<s4778:Metadata Id="{identifier}"><s4774:originatorConfidentialityLabel '
            f'xmlns:s4774="{CL}" ReviewDateTime="2027-01-01T00:00:00Z"><s4774:ConfidentialityInformation>'
            f'<s4774:PolicyIdentifier>MISSION</s4774:PolicyIdentifier><s4774:Classification>{level}</s4774:Classification>'
            f'</s4774:ConfidentialityInformation><s4774:OriginatorID IDType="uniformResourceIdentifier">{originator}'
            '</s4774:OriginatorID><s4774:CreationDateTime>2026-03-01T10:00:00Z</s4774:CreationDateTime>'
            '</s4774:originatorConfidentialityLabel></s4778:Metadata>')


def reference(uri, digest, transforms=(EXCLUSIVE,), kind=""):
    inside = "".join(f'<ds:Transform Algorithm="{one}"/>' for one in transforms)
    inside = f"<ds:Transforms>{inside}</ds:Transforms>" if inside else ""
    kind = f' Type="{kind}"' if kind else ""
    return (f'<ds:Reference URI="{uri}"{kind}>{inside}<ds:DigestMethod Algorithm="{digest}"/>'
            '<ds:DigestValue/></ds:Reference>')


def timed(at="2026-03-01T10:05:00Z"):
    return (f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#sig"><xades:SignedProperties '
            f'Id="properties"><xades:SignedSignatureProperties><xades:SigningTime>{at}</xades:SigningTime>'
            '</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>')


PROPERTIES = ("#properties", "http://uri.etsi.org/01903#SignedProperties")


def signature(method, references, objects, name="signer", canonical=EXCLUSIVE):
    return (f'<ds:Signature xmlns:ds="{DS}" Id="sig"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/>{"".join(references)}</ds:SignedInfo><ds:SignatureValue/>'
            f'<ds:KeyInfo><ds:KeyName>{name}</ds:KeyName></ds:KeyInfo>{"".join(objects)}</ds:Signature>')


def binding(signed, data, metadata=None, root_id=""):
    return (f'<s4778:BindingInformation xmlns:s4778="{MB}"{root_id}>{signed}<s4778:MetadataBindingContainer>'
            f'<s4778:MetadataBinding>{metadata or label()}{data}</s4778:MetadataBinding>'
            '</s4778:MetadataBindingContainer></s4778:BindingInformation>')


class Keys:
    def __init__(self, make):
        self.key = make()
        self.private = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption())
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def identifiers(tree):
    # Only what carries an `Id`; xmlsec asks for the names of elements, not of namespaces.
    found = [node for node in tree.iter(etree.Element) if node.get("Id")]
    for node in found:
        xmlsec.tree.add_ids(node, ["Id"])


def sign(text, keys, object_file=None):
    """The same document, signed, and verified by xmlsec in a tree of its own."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            if object_file:
                with open(object_file[0], "wb") as file:
                    file.write(object_file[1])
            tree = etree.fromstring(text.encode())
            identifiers(tree)
            node = xmlsec.tree.find_node(tree, xmlsec.constants.NodeSignature)
            # The innermost first: digests of manifests are part of what is signed.
            for manifest in node.iter(f"{{{DS}}}Manifest"):
                for one in manifest.iter(f"{{{DS}}}Reference"):
                    fill(tree, one, object_file)
            context = xmlsec.SignatureContext()
            context.key = xmlsec.Key.from_memory(keys.private, xmlsec.constants.KeyDataFormatPem)
            context.sign(node)
            signed = etree.tostring(tree, encoding="unicode")
            again = etree.fromstring(signed.encode())
            identifiers(again)
            context = xmlsec.SignatureContext()
            context.key = xmlsec.Key.from_memory(keys.public.encode(), xmlsec.constants.KeyDataFormatPem)
            context.verify(xmlsec.tree.find_node(again, xmlsec.constants.NodeSignature))
            return signed
        finally:
            os.chdir(before)


def fill(tree, one, object_file):
    """The digest of a reference in a manifest, which xmlsec does not fill in by itself."""
    uri = one.get("URI")
    if uri.startswith("#"):
        bytes_ = canonical(next(node for node in tree.iter(etree.Element) if node.get("Id") == uri[1:]))
    else:
        bytes_ = object_file[1]
    import base64
    algorithm = one.find(f"{{{DS}}}DigestMethod").get("Algorithm").rsplit("#", 1)[1]
    one.find(f"{{{DS}}}DigestValue").text = base64.b64encode(hashlib.new(algorithm, bytes_).digest()).decode()


def signed_cases():
    rsa_keys = Keys(lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    p256 = Keys(lambda: ec.generate_private_key(ec.SECP256R1()))
    p384 = Keys(lambda: ec.generate_private_key(ec.SECP384R1()))
    obj = ("track.cot", b'<event uid="a"/>\n')
    beside = f'<s4778:DataReference URI="track.cot"/>'
    sha384 = MORE + "sha384"

    def case(name, keys, text, verdict, object_file=None, xmlsec_signs=True):
        signed = sign(text, keys, object_file) if xmlsec_signs else text
        return {"name": name, "key": keys.public, "binding": signed, "verdict": verdict,
                "object": {"name": object_file[0], "text": object_file[1].decode()} if object_file else None}

    def sidecar(method, digest, keys, name):
        refs = [reference("#label", digest), reference("track.cot", digest, ()), reference(*PROPERTIES[:1], digest, kind=PROPERTIES[1])]
        return case(name, keys, binding(signature(method, refs, [timed()]), beside), "verified", obj)

    for method, keys in [("rsa-sha256", rsa_keys), ("rsa-sha384", rsa_keys), ("rsa-sha512", rsa_keys),
                         ("ecdsa-sha256", p256), ("ecdsa-sha384", p384)]:
        yield sidecar(MORE + method, sha384, keys, f"sidecar {method}")
    for method in ["sha256-rsa-MGF1", "sha384-rsa-MGF1", "sha512-rsa-MGF1"]:
        yield sidecar("http://www.w3.org/2007/05/xmldsig-more#" + method, sha384, rsa_keys, f"sidecar {method}")
    for digest in [ENC + "sha256", ENC + "sha512"]:
        yield sidecar(MORE + "ecdsa-sha256", digest, p256, f"sidecar digest {digest[-6:]}")
    yield sidecar(MORE + "ecdsa-sha512", sha384, p384, "not verified here: ecdsa-sha512") | {"verdict": "LG-M058"}

    payload = '<s4778:Data Id="data"><report xmlns="urn:example:report" a="1&#9;">x &amp; y</report></s4778:Data>'
    whole = [reference("", sha384, (ENVELOPED, EXCLUSIVE)), reference("#properties", sha384, kind=PROPERTIES[1])]
    yield case("encapsulated, enveloped", p256, binding(signature(MORE + "ecdsa-sha256", whole, [timed()]), payload), "verified")
    parts = [reference("#label", sha384), reference("#data", sha384), reference("#properties", sha384, kind=PROPERTIES[1])]
    yield case("encapsulated, by parts", rsa_keys, binding(signature(MORE + "rsa-sha256", parts, [timed()]), payload), "verified")
    inner = binding(signature(MORE + "ecdsa-sha256", whole, [timed()]), '<s4778:DataReference URI=""/>')
    yield case("embedded", p256, f'<report xmlns="urn:example:report" v="1">\n <b>x</b>{inner}</report>', "verified")
    pointer = [reference("#xpointer(/)", sha384, (ENVELOPED, EXCLUSIVE)), reference("#xpointer(id('properties'))", sha384)]
    inner = binding(signature(MORE + "ecdsa-sha256", pointer, [timed()]), '<s4778:DataReference URI="#xpointer(/)"/>')
    yield case("embedded, by pointers", p256, f'<report xmlns="urn:example:report">x{inner}</report>', "verified")
    manifest = ('<ds:Object><ds:Manifest Id="manifest">' + reference("#label", sha384) + reference("track.cot", sha384, ())
                + '</ds:Manifest></ds:Object>')
    refs = [reference("#manifest", sha384, kind=DS + "Manifest"), reference("#properties", sha384, kind=PROPERTIES[1])]
    yield case("sidecar by a manifest", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed(), manifest]), beside), "verified", obj)

    event = ('track.cot', b'<event version="2" uid="LG-0001" type="a-f-G-U-C" time="2026-03-01T10:04:50Z" '
             b'start="2026-03-01T10:04:50Z" stale="2026-03-01T10:09:50Z" how="m-g"><point lat="46.0511" lon="14.5051" '
             b'hae="298.5" ce="12" le="9999999"/><detail><contact callsign="KRIM 1"/>'
             b'<track course="87.5" speed="11.2"/></detail></event>')
    readers = "".join(f"<s4774:GenericValue>{one}</s4774:GenericValue>" for one in ["AUT", "HRV", "HUN", "SVK", "SVN"])
    released = label().replace(' ReviewDateTime="2027-01-01T00:00:00Z"', "").replace(
        "</s4774:ConfidentialityInformation>",
        f'<s4774:Category Type="PERMISSIVE" TagName="Releasable To">{readers}</s4774:Category></s4774:ConfidentialityInformation>')
    refs = [reference("#label", sha384), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("a track that may cross", p256,
               binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside, released), "verified", event)

    # What xmlsec verifies and this house does not take.
    refs = [reference("#label", sha384), reference("#properties", sha384, kind=PROPERTIES[1])]
    yield case("data not signed", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M061", obj)
    refs = [reference("track.cot", sha384, ()), reference("#properties", sha384, kind=PROPERTIES[1])]
    yield case("label not signed", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M061", obj)
    refs = [reference("#label", sha384), reference("track.cot", sha384, ())]
    yield case("no time", p256, binding(signature(MORE + "ecdsa-sha256", refs, []), beside), "LG-M069", obj)
    yield case("time not signed", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M069", obj)
    commented = label().replace("RESTRICTED", "RESTR<!-- x -->ICTED")
    refs = [reference("#label", sha384), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("a comment in what is signed", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside, commented), "LG-M061", obj)
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    yield case("inclusive canonical XML", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()], canonical=inclusive), beside), "LG-M060", obj)
    refs = [reference("#label", sha384, (inclusive,)), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("inclusive transform", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M060", obj)
    refs = [reference("#label", DS + "sha1"), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("digest by SHA-1", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M060", obj)
    refs = [reference("#label", sha384, ()), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("no canonical XML said", p256, binding(signature(MORE + "ecdsa-sha256", refs, [timed()]), beside), "LG-M060", obj)
    refs = [reference("#label", sha384), reference("track.cot", sha384, ()), reference("#properties", sha384)]
    yield case("signature with SHA-1", rsa_keys, binding(signature(DS + "rsa-sha1", refs, [timed()]), beside), "LG-M060", obj)


def main():
    folder = sys.argv[1]
    for name, cases in [("canonical.jsonl", documents()), ("signed.jsonl", signed_cases())]:
        with open(os.path.join(folder, name), "w") as file:
            for case in cases:
                file.write(json.dumps(case, ensure_ascii=False) + "\n")


main()
