//! The build script of the C and C++ packs: puts the tools and files that falcon-clang made into the plugin's file.

use std::{env, fs, path::PathBuf};

fn main() {
    let from = PathBuf::from(
        env::var_os("DEP_FALCON_CLANG_PAYLOAD").expect("falcon-clang says where its payload is"),
    );
    let to =
        PathBuf::from(env::var_os("OUT_DIR").expect("a build script has OUT_DIR")).join("payload");
    println!("cargo:rerun-if-changed={}", from.display());
    fs::create_dir_all(&to).expect("OUT_DIR can be written");
    for entry in fs::read_dir(&from).expect("the payload is there").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("OUT_DIR can be written");
    }
}
