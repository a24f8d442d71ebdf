//! An experiment's page.

use std::collections::BTreeMap;

use falcon_episode::Digest;
use falcon_experiment::{
    Answer, ArmReport, Contrast, Cost, CurveBin, Effect, Estimate, Failed, Group, GroupEntry,
    Level, Phase, Provenance, Report, Side, Square, SquareReport, Stratum, Verdict, WarmPoint,
    WarmStartReport,
};
use falcon_report::experiment_page;

fn answer(name: &str, claim: &str, verdict: Verdict, diff: f64, primary: bool) -> Answer {
    let side = |arm: &str| Side {
        arm: arm.to_owned(),
        memory: if primary {
            "ltm".to_owned()
        } else {
            "none".to_owned()
        },
    };
    Answer {
        contrast: Contrast {
            name: name.to_owned(),
            claim: claim.to_owned(),
            split: "alias".to_owned(),
            with: side("a1"),
            without: side("a0"),
            measure: None,
            depth: None,
            family: None,
            skip: (!primary).then_some(250),
            primary,
        },
        verdict,
        sentence: format!("Said of {name}."),
        diff,
        ci95: [diff - 2.0, diff + 2.0],
        p_value: 0.0004,
        p_holm: primary.then_some(0.03),
        detectable: 4.5,
        seeds: vec![1, 2],
        by_seed: vec![diff - 1.0, diff + 1.0],
        tasks: 80,
        with: 40.0 + diff,
        without: 40.0,
    }
}

fn level(split: &str, memory: &str, pass_at_1: f64) -> Level {
    Level {
        split: split.to_owned(),
        memory: memory.to_owned(),
        tasks: 80,
        samples: 8,
        pass_at_1,
        ci95: [pass_at_1 - 0.05, pass_at_1 + 0.05],
        pass_at_8: 0.9,
        greedy: 0.5,
        tokens_mean: 60.0,
        by_seed: vec![pass_at_1],
        strata: vec![Stratum {
            name: "depth 3".to_owned(),
            tasks: 41,
            pass_at_1: 0.125,
            ci95: [0.1, 0.15],
        }],
        errors: BTreeMap::from([("runtime-error".to_owned(), 0.0321)]),
    }
}

fn arm(name: &str, title: &str) -> ArmReport {
    ArmReport {
        name: name.to_owned(),
        title: title.to_owned(),
        seeds: vec![1, 2],
        levels: vec![level("iid", "none", 0.4321), level("alias", "ltm", 0.6)],
        curve: (1..4)
            .map(|step| CurveBin {
                step,
                pass_rate: 0.1 * step as f64,
                ci95: [0.05 * step as f64, 0.15 * step as f64],
                entropy: 0.2,
            })
            .collect(),
        cost: Some(Cost {
            seconds: 100.0,
            rl_seconds: 60.0,
            rl_compute: 2.5e6,
            tokens: 4e6,
            peak_rss_bytes: 1 << 29,
            executions: 12_345.0,
            phases: vec![Phase {
                name: "rl".to_owned(),
                seconds: 60.0,
            }],
            parts: vec![
                Phase {
                    name: "sampling".to_owned(),
                    seconds: 45.0,
                },
                Phase {
                    name: "grading".to_owned(),
                    seconds: 15.0,
                },
            ],
        }),
        hit_at_1: Some(0.8),
        exemplar_told: Some(0.625),
    }
}

fn entry(arm: &str, against: Option<f64>, compute: f64) -> GroupEntry {
    GroupEntry {
        arm: arm.to_owned(),
        split: "iid".to_owned(),
        pass_at_1: 0.5,
        ci95: [0.4, 0.6],
        against: against.map(|value| Estimate {
            value,
            ci95: [1.0, 5.0],
        }),
        compute,
    }
}

fn report() -> Report {
    let cell = |rate: f64| {
        Some(Estimate {
            value: rate,
            ci95: [rate - 0.1, rate + 0.1],
        })
    };
    Report {
        name: "mine".to_owned(),
        about: "What is <b>asked</b>.".to_owned(),
        seeds: vec![1, 2],
        plan_digest: Digest::of(b"plan"),
        result_digest: Digest::of(b"result"),
        missing: vec!["a1 2".to_owned()],
        failed: vec![Failed {
            arm: "a1".to_owned(),
            seed: 2,
            why: "rl diverged at step 7: <b>NaN</b>".to_owned(),
        }],
        test_sets: BTreeMap::from([("iid".to_owned(), Digest::of(b"iid"))]),
        answers: vec![
            answer(
                "up",
                "Does <script>it</script> help?",
                Verdict::Above,
                12.3,
                true,
            ),
            answer("null", "Does nothing help?", Verdict::Null, 0.4, true),
            answer("small", "A little?", Verdict::Small, 3.0, false),
            Answer {
                seeds: Vec::new(),
                ..answer(
                    "missing",
                    "And what was not run?",
                    Verdict::Missing,
                    0.0,
                    false,
                )
            },
        ],
        arms: vec![arm("a0", "Start"), arm("a1", "<i>RL</i>")],
        warm_starts: vec![WarmStartReport {
            seed: 7,
            last: WarmPoint {
                step: 1500,
                validation: 0.3125,
                long_term_margin: 0.42,
                short_term_margin: -0.05,
                abandoned: 2,
            },
        }],
        squares: vec![SquareReport {
            square: Square {
                title: "Long-term memory".to_owned(),
                split: "alias".to_owned(),
                trained_without: "a0".to_owned(),
                trained_with: "a1".to_owned(),
                tested_without: "none".to_owned(),
                tested_with: "ltm".to_owned(),
            },
            cells: [[cell(0.1), cell(0.3)], [cell(0.2), None]],
            interaction: Some(Estimate {
                value: 5.5,
                ci95: [1.0, 10.0],
            }),
        }],
        effects: vec![Effect {
            arm: "a1".to_owned(),
            split: "iid".to_owned(),
            diff: 7.0,
            ci95: [5.0, 9.0],
            compute: 2.5e6,
            seconds: 60.0,
        }],
        groups: vec![Group {
            of: "a0".to_owned(),
            entries: vec![
                entry("a0", None, 2.25e6),
                entry("a1", Some(3.25), 2.5e6),
                entry("c1", None, 1.75e6),
            ],
        }],
        plugins: BTreeMap::from([("falcon/python".to_owned(), Digest::of(b"python"))]),
        parameters: 116_800,
        provenance: Some(Provenance {
            cpu: "Example CPU".to_owned(),
            cores: 2,
            memory_bytes: 1 << 33,
            system: "Example".to_owned(),
            command: "falcon experiment run mine.toml --out 'a&b'".to_owned(),
            version: "0.1.0".to_owned(),
        }),
    }
}

#[test]
fn the_page_says_what_was_found() {
    let html = experiment_page(&report());
    for (what, wanted) in [
        (
            "the headline",
            "Of 2 claims fixed beforehand, 1 hold, 1 not told from nothing.",
        ),
        ("runs that are missing", "1 of its runs are not done: a1 2."),
        (
            "why they are",
            "a1, seed 2, could not be made: rl diverged at step 7: &lt;b&gt;NaN",
        ),
        ("an answer", "Said of up."),
        ("its interval", "<b>+12.3</b> <small>[+10.3, +14.3]</small>"),
        ("its p-values", "&lt; 0.001 <small>Holm 0.030</small>"),
        (
            "its two sides",
            "<span>52.3 %</span> a1 with retrieved exemplar",
        ),
        ("its name", "a1/ltm \u{2212} a0/ltm on alias"),
        (
            "a part of the tasks",
            "a1 \u{2212} a0 on alias, tasks from 251",
        ),
        ("a null", "null: not told from 0"),
        ("what is too small", "too small to claim"),
        ("what was not measured", "not measured"),
        ("a level", "<b>43.2</b> <small>[38.2, 48.2]</small>"),
        ("a part", "depth 3 <small>41 tasks</small>"),
        ("an error's share", ">3.21<"),
        ("what the test's exemplars tell", "80.0\u{a0}%"),
        ("what training's exemplars tell", "62.5\u{a0}%"),
        (
            "a warm start",
            "Seed 7</th><td class=\"n\">1500 of start 3<",
        ),
        ("what it reads", "+42.0</td><td class=\"n\">\u{2212}5.0"),
        ("the square", "30.0\u{a0}%"),
        ("its interaction", "<b>+5.5 points</b> [+1.0, +10.0]"),
        ("equal compute", "<b>+3.2</b> <small>[+1.0, +5.0]</small>"),
        (
            "whose compute it is",
            "sets the compute</td><td class=\"n\">2.25<",
        ),
        (
            "an arm on other tasks",
            "not compared</td><td class=\"n\">1.75<",
        ),
        ("a part of learning", "75.0\u{a0}%"),
        ("the cost", "12\u{202f}345"),
        ("the machine", "Example CPU, 2 in use"),
        ("a digest", &Digest::of(b"plan").to_string()),
        (
            "the command",
            "falcon experiment run mine.toml --out &#39;a&amp;b&#39;",
        ),
    ] {
        assert!(
            html.contains(wanted),
            "{what}: {wanted:?} is not on the page"
        );
    }
}

#[test]
fn the_page_stands_alone_and_carries_no_markup_of_others() {
    let html = experiment_page(&report());
    for foreign in [
        "http://", "https://", "<script", "<i>RL", "<b>asked", "src=", "url(", "@import",
    ] {
        assert!(!html.contains(foreign), "{foreign} in the page");
    }
}

/// Files have no tasks that are made to need a memory, so nothing was measured there.
#[test]
fn what_a_start_reads_is_not_told_of_tasks_from_files() {
    let mut report = report();
    for level in report.arms.iter_mut().flat_map(|arm| &mut arm.levels) {
        level.split = "test".to_owned();
    }
    let html = experiment_page(&report);
    let row = "<td class=\"n\">–</td><td class=\"n\">–</td></tr>";
    let seed = html.split("Seed 7</th>").nth(1).expect("the seed's row");
    let end = seed.find("</tr>").expect("its end") + "</tr>".len();
    assert!(seed[..end].ends_with(row), "{}", &seed[..end]);
}

#[test]
fn an_experiment_of_which_nothing_is_done_is_still_a_page() {
    let empty = Report {
        answers: Vec::new(),
        arms: Vec::new(),
        squares: Vec::new(),
        effects: Vec::new(),
        groups: Vec::new(),
        provenance: None,
        ..report()
    };
    assert!(experiment_page(&empty).contains("are not done"));
}
