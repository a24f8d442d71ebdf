//! What is refused of a core module before it is compiled.

use falcon_package::core_module::{ModuleError, Sizes, check};

const SIZES: Sizes = Sizes {
    bytes: 1 << 20,
    functions: 10,
    code: 1 << 10,
    function: 1 << 9,
    memories: 1,
    tables: 1,
    table_elements: 100,
    parts: 20,
};

fn checked(text: &str) -> Result<(), String> {
    let module = wat::parse_str(text).unwrap();
    check(&module, &[], &["memory"], &SIZES).map_err(|error: ModuleError| error.to_string())
}

/// More than an instance has places for would be refused by the engine only, whose fault it is not.
#[test]
fn what_an_instance_has_places_for_is_bounded() {
    let with = |parts: &str| format!("(module (memory (export \"memory\") 1) {parts})");
    let globals = |count: usize| "(global i32 (i32.const 0))".repeat(count);
    let segments = |count: usize| "(data (i32.const 0) \"\")".repeat(count);
    for (parts, refused) in [
        ("(table 100 funcref)".to_owned(), None),
        (globals(20), None),
        (globals(10) + &segments(10), None),
        (
            "(table 0 funcref) (table 0 externref)".to_owned(),
            Some("2 tables"),
        ),
        ("(table 101 funcref)".to_owned(), Some("101 table elements")),
        ("(memory 1)".to_owned(), Some("2 memories")),
        (globals(21), Some("21 imports, globals, tags and segments")),
        (
            globals(10) + &segments(11),
            Some("21 imports, globals, tags and segments"),
        ),
    ] {
        match (checked(&with(&parts)), refused) {
            (Ok(()), None) => {}
            (Err(error), Some(refused)) => assert!(error.contains(refused), "{parts}: {error}"),
            (done, _) => panic!("{parts}: {done:?}"),
        }
    }
}

/// Each is looked at when something is thrown through its frame.
#[test]
fn the_clauses_around_a_call_are_bounded() {
    let with = |clauses: usize| {
        let clauses = "(catch $one 0)".repeat(clauses);
        format!(
            "(module (memory (export \"memory\") 1) (tag $one)
                (func (block (try_table {clauses} (throw $one)))))"
        )
    };
    assert_eq!(checked(&with(8)), Ok(()));
    let error = checked(&with(9)).unwrap_err();
    assert!(error.contains("9 clauses of one try_table"), "{error}");
}
