//! What is compiled into this program, so that it works from any folder: rules and samples of the demonstration, and
//! the type of labels.

#[cfg(test)]
use crate::exit::Fault;
#[cfg(test)]
use lockgate_schema::Type;
use std::collections::BTreeMap;
#[cfg(test)]
use std::sync::Arc;

/// A file that was compiled in: its path and bytes.
type File = (&'static str, &'static [u8]);

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The rules, by path below `rules/`.
pub(crate) fn rules() -> BTreeMap<String, Vec<u8>> {
    owned(RULES)
}

/// The fixtures, by path below `fixtures/`.
pub(crate) fn fixtures() -> BTreeMap<String, Vec<u8>> {
    owned(FIXTURES)
}

/// The type of the originator's confidentiality label (STANAG 4774).
///
/// # Errors
/// [`Fault`] where this program was built wrongly.
#[cfg(test)]
pub(crate) fn label_type() -> Result<Arc<Type>, Fault> {
    const PATH: &str = "types/stanag-4774/type.kdl";
    let bytes = RULES.iter().find(|(path, _)| *path == PATH).map_or(&[][..], |(_, bytes)| bytes);
    let (described, _) = Type::parse(PATH, bytes, &|_| None)?;
    Ok(Arc::new(described))
}

fn owned(files: &[File]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::{label_type, rules};

    #[test]
    fn the_label_type_is_there() {
        assert_eq!(label_type().unwrap().model().name, "stanag-4774");
        assert!(rules().keys().any(|path| path.starts_with("policies/")));
    }
}
