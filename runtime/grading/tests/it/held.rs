//! What the packs' own tests share: programs run in a pack, in this process, and a whole corpus held.

use falcon_episode::{Tests, Verdict};
use falcon_grading::{Execution, Language, execute};
use falcon_host::language::Limits;

use crate::corpus::{Corpus, submission};

/// Runs one program in a pack, in this process.
pub(crate) fn run(language: &Language, program: &str, tests: Tests, limits: &Limits) -> Execution {
    let submission = submission(&language.name, program, tests);
    execute(&language.pack, &submission, limits).unwrap()
}

/// What the first test that did not hold said.
pub(crate) fn first_failure(done: &Execution) -> &str {
    let failed = done
        .tests
        .iter()
        .find(|test| test.verdict != Verdict::Passed);
    failed.map_or("", |test| test.message.as_str())
}

/// Every attack of a language is refused for the reason it names, and every honest twin passes.
pub(crate) fn is_held(language: &Language, corpus: &'static Corpus) {
    let limits = corpus.limits();
    let mut wrong = Vec::new();
    for attack in corpus.attacks() {
        for (form, tests) in attack.forms() {
            let done = execute(&language.pack, &attack.submission(tests), &limits).unwrap();
            wrong.extend(attack.differs(form, done.verdict, first_failure(&done)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for twin in corpus.twins() {
        for (form, tests) in twin.forms() {
            let done = execute(&language.pack, &twin.submission(tests), &limits).unwrap();
            let said = first_failure(&done);
            assert_eq!(
                done.verdict,
                Verdict::Passed,
                "{} ({form}): {said}",
                twin.name
            );
        }
    }
}
