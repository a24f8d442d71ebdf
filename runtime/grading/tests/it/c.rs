//! The C pack: each attack refused and why, each honest twin accepted.

use falcon_grading::Language;

use crate::{corpus::C, held::is_held, support::plugin};

#[test]
fn every_attack_is_refused_and_why_and_honest_twins_pass() {
    let c = Language::of(&plugin("falcon-c.wasm")).unwrap();
    is_held(&c, &C);
}
