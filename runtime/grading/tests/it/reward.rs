//! Reward files: what they mean, and what is said of wrong ones.

use falcon_episode::{Digest, JudgeScore};
use falcon_grading::{Missing, Reward};

fn score(judge: &str, score: Option<f64>) -> JudgeScore {
    JudgeScore {
        judge: judge.to_owned(),
        digest: Digest::of(b""),
        score,
        parts: [].into(),
        credits: Vec::new(),
        notes: Vec::new(),
        failure: None,
    }
}

const TWO: &str = "[[judge]]\nplugin = 'a/x'\nweight = 3\n[[judge]]\nplugin = 'a/y'\n";

#[test]
fn the_default_file_is_the_default() {
    let file = Reward::parse(Reward::DEFAULT, "reward.toml").unwrap();
    assert_eq!(format!("{file:?}"), format!("{:?}", Reward::default()));
}

#[test]
fn scores_compose() {
    let gate = "[[gate]]\njudge = 'a/x'\nat-least = 1.0\n";
    let fixed = format!("{gate}reward = -2.0\n");
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
    ] {
        let reward = Reward::parse(&format!("{head}{TWO}{tail}"), "r").unwrap();
        assert_eq!(
            reward.compose(&[score("a/x", x), score("a/y", y)]),
            wanted,
            "{head}{tail} {x:?} {y:?}"
        );
    }
    assert_eq!(Reward::default().missing, Missing::Skip);
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
        ("[[judge]\n", "r.toml:1: "),
    ] {
        let error = Reward::parse(text, "r.toml").unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}
