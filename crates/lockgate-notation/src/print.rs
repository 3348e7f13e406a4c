//! stub
use crate::Diagnostics;
/// stub
pub fn format(text: &[u8], name: &str) -> Result<String, Diagnostics> {
    crate::Document::parse(name, text).map(|document| document.text.to_string())
}
