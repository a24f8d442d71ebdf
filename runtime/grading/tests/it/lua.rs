//! The Lua pack: each attack refused and why, each honest twin accepted, a public benchmark.

use falcon_grading::Language;

use crate::{
    corpus::LUA,
    held::is_held,
    support::{not_passing, plugin},
};

fn lua() -> Language {
    Language::of(&plugin("falcon-lua.wasm")).unwrap()
}

#[test]
fn every_attack_is_refused_and_why_and_honest_twins_pass() {
    is_held(&lua(), &LUA);
}

/// Solutions of MultiPL-E's file that are wrong: what Lua itself, with the module luaunit that the tests were
/// written for, says of them too.
const WRONG: [u32; 37] = [
    10, 33, 37, 49, 54, 76, 77, 79, 86, 87, 91, 93, 102, 103, 105, 108, 109, 111, 112, 116, 121,
    125, 127, 130, 132, 134, 135, 140, 142, 145, 147, 149, 153, 158, 160, 162, 163,
];

#[test]
fn solutions_pass_where_they_pass_in_lua_itself() {
    let Some((wrong, faults)) = not_passing(&lua(), "lua") else {
        return;
    };
    assert_eq!(wrong, WRONG);
    assert!(faults.is_empty(), "{faults:?}");
}
