//! The C++ language pack: what is C++ of it is in `falcon-clang`.

use falcon_clang::{Cpp, Pack};

falcon_sdk_compiler::export_compiler!(Pack<Cpp>);
