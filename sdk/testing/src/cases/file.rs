//! A file of cases, read.

use std::{collections::HashSet, fs, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{Case, CasesError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: serde::de::DeserializeOwned")]
struct File<T> {
    case: Vec<Spanned<T>>,
}

/// The cases of a file.
pub(super) fn read<T: Case>(path: &Path) -> Result<Vec<T>, CasesError> {
    let text = fs::read_to_string(path).map_err(|error| CasesError::Read {
        path: path.to_owned(),
        error,
    })?;
    parse(&text).map_err(|message| CasesError::Parse {
        path: path.to_owned(),
        message,
    })
}

fn parse<T: Case>(text: &str) -> Result<Vec<T>, String> {
    let file: File<T> =
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let mut names = HashSet::new();
    let mut cases = Vec::new();
    for case in file.case {
        let line = text[..case.span().start].lines().count().max(1);
        let case = case.into_inner();
        if !names.insert(case.name().to_owned()) {
            return Err(format!(
                "line {line}: two cases are called {:?}",
                case.name()
            ));
        }
        if !case.expects() {
            return Err(format!(
                "line {line}: case {:?} says nothing that must come out, so it could not fail",
                case.name()
            ));
        }
        cases.push(case);
    }
    if cases.is_empty() {
        return Err("there is no [[case]] in it".to_owned());
    }
    Ok(cases)
}
