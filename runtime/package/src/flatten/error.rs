//! Why a component cannot be flattened.

use wasm_encoder::reencode;

/// Why a component cannot be flattened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlattenError {
    /// It is no component, or a broken one.
    #[error("the component is not valid: {what} (at byte {at})")]
    Invalid {
        /// What is wrong.
        what: String,
        /// Where, in bytes from its start.
        at: usize,
    },
    /// It is valid, and uses what flattening does not know.
    #[error("{place} has {what}, which flattening does not know")]
    Unsupported {
        /// What is not known.
        what: String,
        /// What it was found in.
        place: String,
    },
    /// What was made is not valid: a fault of the pass, not of the component.
    #[error("flattening made a component that is not valid, which is a fault of FALCON: {0}")]
    Fault(String),
}

impl FlattenError {
    pub(super) fn unsupported(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Unsupported {
            what: what.into(),
            place: place.into(),
        }
    }
}

impl From<wasmparser::BinaryReaderError> for FlattenError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid {
            what: error.message().to_owned(),
            at: error.offset(),
        }
    }
}

impl From<crate::ComponentError> for FlattenError {
    fn from(error: crate::ComponentError) -> Self {
        match error {
            crate::ComponentError::Broken { at, what, .. } => Self::Invalid { what, at },
            error => Self::Invalid {
                what: error.to_string(),
                at: 0,
            },
        }
    }
}

impl From<reencode::Error<FlattenError>> for FlattenError {
    fn from(error: reencode::Error<Self>) -> Self {
        match error {
            reencode::Error::UserError(error) => error,
            reencode::Error::ParseError(error) => error.into(),
            error => Self::unsupported("a core module", error.to_string()),
        }
    }
}
