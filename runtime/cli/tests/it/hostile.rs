//! The attack corpora of all languages through worker processes: the same verdicts, for the same reasons, as the
//! tests of `falcon-grading` ask of the packs within one process.

#[path = "../../../grading/tests/it/corpus.rs"]
pub(crate) mod corpus;

use std::num::NonZeroUsize;

use falcon_episode::{Episode, Grader as _};
use falcon_grading::{Language, Options, Panel, Pipeline, WorkerCommand};
use falcon_host::Loader;

use self::corpus::{C, CPP, Corpus, JAVASCRIPT, LUA, PYTHON, Program};
use crate::{falcon::plugins, workers::alone};

/// Each corpus, and whether its programs are compiled.
static CORPORA: [(&Corpus, bool); 5] = [
    (&PYTHON, false),
    (&JAVASCRIPT, false),
    (&LUA, false),
    (&CPP, true),
    (&C, true),
];

#[test]
fn every_attack_is_refused_in_workers_and_honest_twins_pass_after_them() {
    let _alone = alone();
    let mut wrong = Vec::new();
    for (corpus, compiled) in CORPORA {
        let pipeline = pipeline(corpus);
        let (attacks, twins) = (corpus.attacks(), corpus.twins());
        for (attack, form, episode) in graded(&pipeline, &attacks, compiled) {
            wrong.extend(attack.differs(form, episode.verdict, said(&episode)));
        }
        for (twin, form, episode) in graded(&pipeline, &twins, compiled) {
            if !episode.passed() {
                let said = said(&episode);
                wrong.push(format!("{} ({form}), which is honest: {said}", twin.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two workers for the whole corpus of a language: attack after attack meets the same process, and so do the
/// honest programs behind them.
fn pipeline(corpus: &Corpus) -> Pipeline {
    let file = plugins().join(format!("falcon-{}.wasm", corpus.language));
    let plugin = Loader::new().unwrap().load(&file).unwrap();
    let options = Options {
        jobs: NonZeroUsize::new(2).unwrap(),
        limits: corpus.limits(),
        remembered: 0,
        workers: Some(WorkerCommand {
            program: env!("CARGO_BIN_EXE_falcon").into(),
            arguments: vec!["worker".into()],
            recycle: 10_000,
        }),
    };
    let languages = vec![Language::of(&plugin).unwrap()];
    Pipeline::new(languages, Panel::none(), &options).unwrap()
}

/// Each program under each of its forms of tests, with what came of it. One that is compiled is graded under the
/// first: the other is another compilation, and says nothing more of a worker.
fn graded<'a>(
    pipeline: &Pipeline,
    programs: &'a [Program],
    compiled: bool,
) -> Vec<(&'a Program, &'static str, Episode)> {
    let (mut asked, mut batch) = (Vec::new(), Vec::new());
    for program in programs {
        let forms = program.forms();
        let count = if compiled { 1 } else { forms.len() };
        for (form, tests) in forms.into_iter().take(count) {
            asked.push((program, form));
            batch.push(program.submission(tests));
        }
    }
    let episodes = pipeline.grade(&batch).unwrap();
    let both = asked.into_iter().zip(episodes);
    both.map(|((program, form), episode)| (program, form, episode))
        .collect()
}

/// What the first test that did not hold said.
fn said(episode: &Episode) -> &str {
    let failed = episode.first_failure();
    failed.map_or("", |test| test.message.as_str())
}
