//! Reward files: what they mean, and what is said of wrong ones.

use falcon_episode::{Credit, Digest, JudgeScore};
use falcon_grading::{Design, Reward};

fn score(judge: &str, score: Option<f64>) -> JudgeScore {
    JudgeScore {
        score,
        ..JudgeScore::none(judge, Digest::of(b""))
    }
}

fn designed(name: &str) -> Reward {
    Reward::parse(Design::named(name).unwrap().text, name).unwrap()
}

const TWO: &str = "[[judge]]\nplugin = 'a/x'\nweight = 3\n[[judge]]\nplugin = 'a/y'\n";

#[test]
fn the_first_design_is_the_default() {
    let mut first = designed("tests");
    assert_eq!(first.judges[0].place, "tests:6");
    first.judges[0].place = Reward::default().judges[0].place.clone();
    assert_eq!(first, Reward::default());
    assert_eq!(Design::ALL[0].name, "tests");
}

#[test]
fn the_coarse_design_forgets_how_many_tests_held() {
    let coarse = designed("tests-coarse");
    assert_eq!(coarse.judges.len(), 1);
    assert_eq!(coarse.judges[0].plugin, "falcon/unit-tests");
    assert_eq!(coarse.judges[0].config, serde_json::json!({"slope": 0.0}));
}

#[test]
fn scores_compose() {
    let gate = "[[gate]]\njudge = 'a/x'\nat-least = 1.0\n";
    let fixed = format!("{gate}reward = -2.0\n");
    let sum = "combine = 'sum'\n";
    let sum_zero = "combine = 'sum'\nmissing = 'zero'\n";
    for (head, tail, x, y, wanted) in [
        ("", "", Some(1.0), Some(0.0), Some(0.75)),
        ("", "", Some(1.0), None, Some(1.0)),
        ("", "", None, None, None),
        ("", "", Some(f64::NAN), Some(0.5), Some(0.5)),
        ("missing = 'zero'\n", "", Some(1.0), None, Some(0.75)),
        ("missing = 'none'\n", "", Some(1.0), None, None),
        ("", gate, Some(0.5), Some(1.0), Some(0.5)),
        ("", gate, Some(1.0), Some(0.0), Some(0.75)),
        ("", gate, None, Some(1.0), None),
        ("", &fixed, Some(0.5), Some(1.0), Some(-2.0)),
        (sum, "", Some(1.0), Some(0.5), Some(3.5)),
        // A judge that abstains is missing and not bad: the other has all of the weight.
        (sum, "", Some(0.5), None, Some(2.0)),
        (sum_zero, "", Some(0.5), None, Some(1.5)),
        (sum, "", None, None, None),
        // What the gate's judge gives is taken apart, so nothing missing scales it up.
        (sum, gate, Some(1.0), Some(0.5), Some(3.5)),
        (sum, gate, Some(1.0), None, Some(3.0)),
        (sum, gate, Some(0.5), Some(1.0), Some(1.5)),
        (sum, &fixed, Some(0.5), Some(1.0), Some(-2.0)),
    ] {
        let reward = Reward::parse(&format!("{head}{TWO}{tail}"), "r").unwrap();
        assert_eq!(
            reward.compose("", &[score("a/x", x), score("a/y", y)]),
            wanted,
            "{head}{tail} {x:?} {y:?}"
        );
    }
}

#[test]
fn ranges_splits_and_shadows() {
    let text = "[[judge]]\nplugin = 'a/x'\nrange = [0, 10]\n\
                [[judge]]\nplugin = 'a/y'\nsplits = ['pool']\n\
                [[judge]]\nplugin = 'a/z'\nshadow = true\n\
                [[gate]]\njudge = 'a/y'\nat-least = 0.5\n";
    let reward = Reward::parse(text, "r").unwrap();
    let given = |x, y| {
        [
            score("a/x", Some(x)),
            score("a/y", y),
            score("a/z", Some(99.0)),
        ]
    };
    for (split, x, y, wanted) in [
        ("pool", 5.0, Some(1.0), Some(0.75)),
        ("pool", 50.0, Some(1.0), Some(1.0)),
        ("pool", -5.0, Some(1.0), Some(0.5)),
        ("pool", 5.0, Some(0.25), Some(0.25)),
        ("pool", 5.0, None, None),
        // There the gate's judge is not asked, so there is no gate and nothing missing.
        ("iid", 5.0, None, Some(0.5)),
    ] {
        assert_eq!(
            reward.compose(split, &given(x, y)),
            wanted,
            "{split} {x} {y:?}"
        );
    }
    let shadows = reward.judges.iter().map(|judge| judge.is_shadow());
    assert_eq!(shadows.collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn credit_is_weighed() {
    let text = "[[judge]]\nplugin = 'a/x'\n[[judge]]\nplugin = 'a/y'\ncredit = 0.5\n";
    let reward = Reward::parse(text, "r").unwrap();
    let credit = |value| Credit {
        start: 2,
        end: 4,
        value,
        note: "there".to_owned(),
    };
    let given = ["a/x", "a/y"].map(|judge| JudgeScore {
        credits: vec![credit(-1.0)],
        ..score(judge, Some(1.0))
    });
    assert_eq!(reward.credits("", &given), [credit(-0.5)]);
    assert_eq!(reward.compose("", &given), Some(1.0));
}

#[test]
fn quality_never_outranks_passing() {
    let reward = designed("tests-and-quality");
    let compose = |tests, style, complexity| {
        let scores = [
            score("falcon/unit-tests", Some(tests)),
            score("falcon/style", Some(style)),
            score("falcon/complexity", Some(complexity)),
        ];
        reward.compose("pool", &scores).unwrap()
    };
    assert!((compose(1.0, 1.0, 0.0) - 1.15).abs() < 1e-12);
    // One test of a thousand failed.
    assert!(compose(1.0, 0.0, 0.0) > compose(-0.3 + 1.3 * 0.999, 1.0, 1.0));
    assert!(compose(-0.3, 1.0, 1.0) < compose(-0.29, 0.0, 0.0));
}

#[test]
fn errors_point_at_the_line() {
    for (text, wanted) in [
        ("", "r.toml:1: a reward needs at least one [[judge]]"),
        (
            "[[judge]]\nplugin = 'a/x'\nweight = -1\n",
            "r.toml:3: the weight -1 is not a positive number",
        ),
        // Two of these have an infinite sum, and a score under them is no number.
        (
            "[[judge]]\nplugin = 'a/x'\nweight = 1e308\n",
            "r.toml:3: the weight 1000",
        ),
        // A score times this is 0.
        (
            "[[judge]]\nplugin = 'a/x'\nweight = 5e-324\n",
            "r.toml:3: the weight 0.000",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\nwieght = 1\n",
            "r.toml:3: unknown field `wieght`",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\n[[judge]]\nplugin = 'a/x'\n",
            "r.toml:4: the judge a/x stands here twice",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\n[[gate]]\njudge = 'a/z'\nat-least = 1.0\n",
            "r.toml:4: the gate names a/z",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\n[[judge]]\nplugin = 'a/y'\nshadow = true\n[[gate]]\njudge = 'a/y'\nat-least = 1.0\n",
            "r.toml:7: the gate names a/y, which is in shadow",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\n[[gate]]\njudge = 'a/x'\nat-least = nan\n",
            "r.toml:5: not a finite number",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\nshadow = true\nweight = 1\n",
            "r.toml:4: a judge in shadow counts nothing",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\nshadow = true\n",
            "r.toml:1: no judge has a weight",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\nrange = [1, 1]\n",
            "r.toml:3: the range [1, 1] does not go up",
        ),
        (
            "[[judge]]\nplugin = 'a/x'\nsplits = []\n",
            "r.toml:3: splits names no task set",
        ),
        ("combine = 'max'\n", "r.toml:1: unknown variant `max`"),
        ("[[judge]\n", "r.toml:1: "),
    ] {
        let error = Reward::parse(text, "r.toml").unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}
