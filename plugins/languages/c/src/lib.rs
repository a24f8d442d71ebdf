//! The C language pack: what is C of it is in `falcon-clang`.

falcon_sdk_compiler::export_compiler!(falcon_clang::Pack<falcon_clang::C>);
