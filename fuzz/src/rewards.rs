use std::collections::BTreeMap;

use falcon_episode::{Digest, JudgeScore};

use crate::reward::{Missing, Reward};

/// A reward that is accepted has judges with weights, and composes scores to their mean or less than none.
pub fn reward(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(reward) = Reward::parse(text, "reward.toml") else {
        return;
    };
    assert!(!reward.judges.is_empty());
    let composed = |score: Option<f64>| {
        let scores: Vec<JudgeScore> = reward
            .judges
            .iter()
            .map(|judge| {
                assert!(judge.weight.is_finite() && judge.weight > 0.0);
                scored(&judge.plugin, score)
            })
            .collect();
        reward.compose(&scores)
    };
    // Judges that agree are their own mean, whatever their weights.
    if reward.gates.is_empty() {
        let mean = composed(Some(0.25)).expect("every judge scored");
        assert!((mean - 0.25).abs() < 1e-9, "{mean}");
        let abstained = composed(None);
        assert_eq!(abstained, (reward.missing == Missing::Zero).then_some(0.0));
    } else {
        let shut = composed(Some(1.0));
        assert!(shut.is_some_and(f64::is_finite), "{shut:?}");
        assert_eq!(composed(None), None, "a gate's judge abstained");
    }
    for score in [0.0, -1.0, 1.0, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY] {
        let _ = composed(Some(score));
    }
}

fn scored(judge: &str, score: Option<f64>) -> JudgeScore {
    JudgeScore {
        judge: judge.to_owned(),
        digest: Digest::of(judge.as_bytes()),
        score,
        parts: BTreeMap::new(),
        credits: Vec::new(),
        notes: Vec::new(),
        failure: None,
    }
}
