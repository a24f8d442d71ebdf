use super::*;

/// What a module that is sound and within its sizes can still be refused for, by the engine's own words.
#[test]
fn the_engines_own_limits_are_told_from_its_faults() {
    let engine = crate::Engine::get().unwrap();
    let with = |targets: usize| {
        let targets = "0 ".repeat(targets);
        let text = format!("(module (func (param i32) (br_table {targets} (local.get 0))))");
        wat::parse_str(text).unwrap()
    };
    let compiled = |module: &[u8]| {
        Module::validate(engine.wasmtime(), module).unwrap();
        Module::from_binary(engine.wasmtime(), module)
    };
    assert!(compiled(&with(1000)).is_ok());
    let error = compiled(&with(70_000)).err().unwrap();
    let why = format!("{error:#}");
    assert!(is_a_limit(&why), "{why}");
    for (why, limit) in [
        ("Compilation error: Code for function is too large", true),
        ("Compilation error: Implementation limit exceeded", true),
        ("Compilation error: Verifier errors", false),
        ("failed to create memory image", false),
    ] {
        assert_eq!(is_a_limit(why), limit, "{why}");
    }
}
