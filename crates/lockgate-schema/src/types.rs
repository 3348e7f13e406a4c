//! A type as loaded from its file.

use crate::model::Model;
use crate::read;
use lockgate_notation::{Diagnostics, Document};
use lockgate_record::Shape;
use std::sync::Arc;

/// A type: its model and its shape. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Type {
    model: Arc<Model>,
    shape: Arc<Shape>,
}

impl Type {
    /// Reads a type file. `name` is what the file is called in diagnostics; `embedded` finds the types that `embed=`
    /// names. Beside the type come the warnings.
    ///
    /// # Errors
    /// All that is wrong with the file, with codes `N0xx` and `T0xx`.
    pub fn parse(
        name: &str,
        text: &[u8],
        embedded: &dyn Fn(&str) -> Option<Arc<Self>>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let document = Document::parse(name, text)?;
        Self::read(&document, embedded)
    }

    /// The same for a file that has been read already.
    ///
    /// # Errors
    /// All that is wrong with the file, with codes `N0xx` and `T0xx`.
    pub fn read(
        document: &Document,
        embedded: &dyn Fn(&str) -> Option<Arc<Self>>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let mut diagnostics = document.diagnostics();
        match read::read(document, embedded, &mut diagnostics) {
            Some((model, shape)) => {
                Ok((Self { model: Arc::new(model), shape: Arc::new(shape) }, diagnostics))
            }
            None => Err(diagnostics),
        }
    }

    /// What the file says of the encoding.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The fields, for rules, redaction and accounts.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}
