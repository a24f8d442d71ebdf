//! Compiled code: made once, used again, and never believed when someone else could have written it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use falcon_host::{CacheError, CompiledCache, LoadError, Loader, Progress};
use falcon_testing::first_party;

use crate::common::built;

/// Loads a plugin with a cache below this folder. How often something was compiled for it.
fn compilations(root: &Path) -> Result<usize, LoadError> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let loader = Loader::new()?
        .cache(Some(CompiledCache::open(root).unwrap()))
        .progress(move |told| {
            if matches!(told, Progress::Compiling { .. }) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
    loader.load(&built(first_party("falcon/unit-tests")))?;
    Ok(count.load(Ordering::Relaxed))
}

fn only_file(root: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(root.join("compiled-1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn once_then_again_and_anew_when_changed() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(compilations(root.path()).unwrap(), 1);
    assert_eq!(compilations(root.path()).unwrap(), 0);
    let file = only_file(root.path());
    let code = fs::read(&file).unwrap();
    let mut changed = code.clone();
    changed[code.len() / 2] ^= 1;
    for (case, bytes) in [
        ("changed", changed),
        ("cut short", code[..code.len() / 2].to_vec()),
        ("emptied", vec![]),
    ] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(compilations(root.path()).unwrap(), 1, "{case}");
        assert_eq!(compilations(root.path()).unwrap(), 0, "{case}, then again");
    }
}

#[test]
fn others_may_not_write_to_it() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(compilations(root.path()).unwrap(), 1);
    let (folder, file) = (root.path().join("compiled-1"), only_file(root.path()));
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    mode(&file, 0o666);
    let error = compilations(root.path()).unwrap_err().to_string();
    assert!(
        error.contains("not private") && error.contains("666"),
        "{error}"
    );
    mode(&file, 0o600);
    let elsewhere = root.path().join("elsewhere.cwasm");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    let error = compilations(root.path()).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");

    mode(&folder, 0o777);
    let error = CompiledCache::open(root.path()).unwrap_err();
    assert!(matches!(error, CacheError::NotPrivate { .. }), "{error}");
    mode(&folder, 0o700);
    fs::remove_file(&file).unwrap();
    fs::remove_dir(&folder).unwrap();
    symlink(root.path(), &folder).unwrap();
    let error = CompiledCache::open(root.path()).unwrap_err().to_string();
    assert!(error.contains("not a folder"), "{error}");
}

#[test]
fn compiled_code_is_no_plugin() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(compilations(root.path()).unwrap(), 1);
    let error = Loader::new()
        .unwrap()
        .load(&only_file(root.path()))
        .unwrap_err()
        .to_string();
    assert!(error.contains("never loaded"), "{error}");
}
