//! Where a table of items is: in its folder, or in object storage under a URL.

use std::path::{Path, PathBuf};

use crate::{
    error::{MemoryError, Result},
    folder::ITEMS,
};

/// Kinds of storage that hold a table. `shared-memory` is this process's own memory, and `file-object-store` a folder that is spoken
/// to as object storage is: both do all that object storage does, for tests.
const SCHEMES: [&str; 3] = ["s3", "shared-memory", "file-object-store"];

/// Where a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this memory folder.
    Folder(PathBuf),
    /// Below this URL.
    Url(String),
}

/// The text of a path that is a URL; none of any other path.
#[must_use]
pub fn as_url(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.contains("://"))
}

/// A URL that can hold a table, without a slash at its end.
///
/// # Errors
/// Where it is of another kind, incomplete, or has what does not belong into a file that names it: credentials above all.
pub(crate) fn checked(url: &str) -> Result<String> {
    let unfit = |why: &str| MemoryError::BadUrl {
        url: hidden(url),
        why: why.to_owned(),
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(|| unfit("it is no URL"))?;
    if !SCHEMES.contains(&scheme) {
        return Err(unfit("its kind of storage is not known here"));
    }
    let strange = |c: char| c.is_whitespace() || c.is_control() || "?#%\\".contains(c);
    if rest.contains(strange) {
        return Err(unfit("it has a space, `?`, `#`, `%` or a backslash"));
    }
    // A secret key may have slashes, so what stands before an `@` need not be all of the first part.
    if rest.contains('@') {
        return Err(unfit(
            "it has an `@`; credentials belong into the environment",
        ));
    }
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() != (scheme == "file-object-store") {
        return Err(unfit("it names no bucket, or file-object-store names one"));
    }
    // A client takes the server from elsewhere, and would leave the port out.
    if bucket.contains(':') {
        return Err(unfit("it has a port; AWS_ENDPOINT names another server"));
    }
    let prefix = prefix.trim_end_matches('/');
    let odd = |part: &str| ["", ".", ".."].contains(&part);
    if prefix.split('/').any(odd) {
        return Err(unfit(
            "it names no prefix, or one with an empty part, `.` or `..`",
        ));
    }
    if prefix.split('/').any(|part| part == ITEMS) {
        return Err(unfit("it lies inside the table of another memory"));
    }
    Ok(format!("{scheme}://{bucket}/{prefix}"))
}

/// A URL, or what was meant as one, without what stands before an `@`, which may be a password.
#[must_use]
pub fn hidden(url: &str) -> String {
    let Some((before, rest)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://…@{rest}"),
        None => format!("…@{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_hold_a_table() {
        for (given, kept) in [
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("s3://bucket/a/b//", "s3://bucket/a/b"),
            ("shared-memory://test/items", "shared-memory://test/items"),
            ("s3://bucket/my-items.lance", "s3://bucket/my-items.lance"),
            (
                "file-object-store:///tmp/items/",
                "file-object-store:///tmp/items",
            ),
        ] {
            assert_eq!(checked(given).unwrap(), kept);
        }
    }

    #[test]
    fn urls_that_do_not() {
        for (given, word) in [
            ("bucket/prefix", "no URL"),
            ("ftp://bucket/prefix", "kind of storage"),
            ("memory://bucket/prefix", "kind of storage"),
            ("s3://bucket", "no prefix"),
            ("s3://bucket/", "no prefix"),
            ("s3:///prefix", "no bucket"),
            ("s3://bucket/a/../b", "no prefix"),
            ("s3://bucket/a?engine=ddb", "`?`"),
            ("file-object-store://host/items", "no bucket"),
            ("s3://bucket:9000/prefix", "AWS_ENDPOINT"),
            ("s3://bucket/items.lance", "inside the table"),
            ("file-object-store:///a/items.lance/b", "inside the table"),
        ] {
            let text = checked(given).unwrap_err().to_string();
            assert!(text.contains(word) && text.contains(given), "{text}");
        }
        for given in [
            "s3://key:secret@bucket/prefix",
            "s3://key:first/secret@bucket/prefix",
        ] {
            let text = checked(given).unwrap_err().to_string();
            assert!(
                text.contains("environment") && !text.contains("secret"),
                "{text}"
            );
        }
        let text = checked("key:secret@bucket/prefix").unwrap_err().to_string();
        assert!(text.contains("…@bucket/prefix"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn only_urls_are_urls() {
        assert_eq!(as_url(Path::new("runs/demo-0")), None);
        assert_eq!(as_url(Path::new("s3://b/p")), Some("s3://b/p"));
    }
}
