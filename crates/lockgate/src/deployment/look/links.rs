//! What the ends of a diode link, ours or of others, need on this machine.

use super::{DIGITS, Look, SIGNING_KEY};
use crate::deployment::keys;
use lockgate_adapters::{Objects, flute, lidi};
use lockgate_attest::{SecretKey, is_sealing_key_file};
use lockgate_deployment::{DiodeEgress, DiodeEnd, ForeignEgress, ForeignEnd, found};
use std::path::Path;

impl Look<'_> {
    pub(super) fn diode(&mut self, diode: &DiodeEgress) {
        if let Some(interface) = &diode.interface {
            self.interface(interface);
        }
        self.key(&diode.secret, "the secret of the diode link", DIGITS, is_sealing_key_file);
        self.key(&diode.key, "the key of the diode link", SIGNING_KEY, |pem| {
            SecretKey::from_pem(pem).is_ok()
        });
        self.folder(&diode.state, "the folder of the diode link");
    }

    pub(super) fn lidi_out(&mut self, lidi: &ForeignEgress<lidi::Terms>) {
        if let Some(interface) = &lidi.interface {
            self.interface(interface);
        }
        let whole = match lidi.terms.objects {
            Objects::Checked => "the far side can tell a damaged object by its length and BLAKE3",
            Objects::Bare => "no far side can tell a cut or damaged object from a whole one (`objects=bare`)",
        };
        let one = lidi.terms.object_wire_bytes(1_024);
        let says = format!(
            "lidi 2.1: no datagram proves who sent it, and the far side has no account of what was sent; {whole}; an object of \
             1 KiB takes {one} bytes on the wire"
        );
        self.diagnostics.warning(&found::UNPROVEN, lidi.address.span, says);
    }

    pub(super) fn lidi_in(&mut self, end: &ForeignEnd<lidi::Shape>) {
        self.interface(&end.interface);
        let whole = match end.objects {
            Objects::Checked => "what is not as long as it says, or has another BLAKE3, is not delivered",
            Objects::Bare => "what is delivered is not verified: it may be damaged or cut (`objects=bare`)",
        };
        let says = format!(
            "lidi 2.1: whoever can send to this interface can make objects, and what never came is not known here; {whole}"
        );
        self.diagnostics.warning(&found::UNPROVEN, end.address.span, says);
    }

    pub(super) fn flute_out(&mut self, flute: &ForeignEgress<flute::Terms>) {
        if let Some(interface) = &flute.interface {
            self.interface(interface);
        }
        let whole = match flute.terms.objects {
            Objects::Checked => "the far side can tell a damaged object by its length and BLAKE3",
            Objects::Bare => "the far side can tell a damaged object by its MD5 at most (`objects=bare`)",
        };
        let one = flute.terms.object_wire_bytes(1_024);
        let says = format!(
            "FLUTE: no datagram proves who sent it, and the far side knows only what tables name; {whole}; an object of 1 KiB takes up \
             to {one} bytes on the wire"
        );
        self.diagnostics.warning(&found::UNPROVEN, flute.address.span, says);
    }

    pub(super) fn flute_in(&mut self, end: &ForeignEnd<u64>) {
        self.interface(&end.interface);
        let whole = match end.objects {
            Objects::Checked => "what is not as long as it says, or has another BLAKE3, is not delivered",
            Objects::Bare => {
                "what is delivered is not verified, but for an MD5 where its sender says one (`objects=bare`)"
            }
        };
        let says = format!(
            "FLUTE: whoever can send to this interface can make objects, and what no table named is not known here; {whole}"
        );
        self.diagnostics.warning(&found::UNPROVEN, end.address.span, says);
    }

    pub(super) fn end(&mut self, end: &DiodeEnd) {
        self.interface(&end.interface);
        self.address(end.address.ip(), end.address.span);
        self.key(&end.secret, "the secret of the diode link", DIGITS, is_sealing_key_file);
        let public = "the public half of the sender's key (openssl pkey -in KEY -pubout)";
        self.closed(&end.key, "the key of the diode link");
        match keys::manifest(Path::new(end.key.as_str())) {
            Ok(_) => {}
            Err(_) if Path::new(end.key.as_str()).is_file() => {
                let says = format!("the key of the diode link has to be {public}");
                self.diagnostics.error(&found::BAD_KEY, end.key.span, says);
            }
            Err(_) => self.missing(&end.key, &format!("there is no key of the diode link: {public}")),
        }
        self.folder(&end.state, "the folder of the receiver's journal");
    }
}
