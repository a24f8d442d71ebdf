//! The Lua pack: each attack refused and why, each honest twin accepted, a public benchmark.

use falcon_episode::{Harness, Tests, Verdict};
use falcon_grading::{Language, execute};
use falcon_host::language::Limits;

use crate::{
    corpus::{is_held, programs},
    support::{multipl_e, plugin, small},
};

fn lua() -> Language {
    Language::of(&plugin("falcon-lua.wasm")).unwrap()
}

const CHECK: &str = "function check(candidate)
    assert(candidate(2, 3) == 5)
    assert(math.abs(candidate(-1, 1)) < 1e-6)
    for n = 0, 2 do
        assert(({ [2 * n] = true })[candidate(n, n)])
    end
end
";

#[test]
fn every_attack_is_refused_and_why_and_honest_twins_pass() {
    let attacks = programs("lua", "lua", "--");
    assert!(attacks.len() >= 40, "the corpus is not where it should be");
    let twins = programs("lua/twins", "lua", "--");
    assert!(twins.len() >= 8, "the twins are not where they should be");
    let harness = Tests::Harness(Harness {
        tests: CHECK.to_owned(),
        remote: vec!["add".to_owned()],
        entry: "check".to_owned(),
        ..Harness::default()
    });
    is_held(&lua(), (&attacks, &twins), &harness, &small());
}

/// Solutions of MultiPL-E's file that are wrong: what Lua itself, with the module luaunit that the tests were
/// written for, says of them too.
const WRONG: [u32; 37] = [
    10, 33, 37, 49, 54, 76, 77, 79, 86, 87, 91, 93, 102, 103, 105, 108, 109, 111, 112, 116, 121,
    125, 127, 130, 132, 134, 135, 140, 142, 145, 147, 149, 153, 158, 160, 162, 163,
];

#[test]
fn solutions_pass_where_they_pass_in_lua_itself() {
    let Some(tasks) = multipl_e("lua") else {
        return;
    };
    let lua = lua();
    let mut wrong = Vec::new();
    for (task, solution) in tasks {
        let submission = task.submission(&solution);
        let done = execute(&lua.pack, &submission, &Limits::default()).unwrap();
        assert_ne!(
            done.verdict,
            Verdict::Infrastructure,
            "{}: {:?}",
            task.id,
            done.tests
        );
        if done.verdict != Verdict::Passed {
            let number = task.id["HumanEval_".len()..].split('_').next().unwrap();
            wrong.push(number.parse::<u32>().unwrap());
        }
    }
    wrong.sort_unstable();
    assert_eq!(wrong, WRONG);
}
