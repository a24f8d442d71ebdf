use falcon_episode::{Credit, Digest, JudgeScore};

use crate::reward::{Combine, Missing, Reward};

/// A reward that is accepted composes scores to their mean or sum under its weights, or to less than none, and
/// weighs credit to numbers.
pub fn reward(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(reward) = Reward::parse(text, "reward.toml") else {
        return;
    };
    let weights: Vec<f64> = reward.judges.iter().filter_map(|one| one.weight).collect();
    assert!(!weights.is_empty());
    let credits = reward.judges.iter().filter_map(|one| one.credit);
    for weight in weights.iter().copied().chain(credits) {
        assert!(weight.is_finite() && weight > 0.0);
    }
    let composed = |split: &str, score| {
        let scores = reward.judges.iter().map(|one| scored(&one.plugin, score));
        let scores: Vec<_> = scores.collect();
        for credit in reward.credits(split, &scores) {
            assert!(credit.value.is_finite());
        }
        reward.compose(split, &scores)
    };
    let plain = |judge: &crate::reward::JudgeEntry| judge.range.is_none() && judge.splits.is_none();
    if reward.gates.is_empty() && reward.judges.iter().all(plain) {
        // Judges that agree are their own mean, whatever their weights.
        let wanted = match reward.combine {
            Combine::Mean => 0.25,
            Combine::Sum => 0.25 * weights.iter().sum::<f64>(),
        };
        let got = composed("", Some(0.25)).expect("every judge scored");
        assert!(
            (got - wanted).abs() <= 1e-9 * wanted.max(1.0),
            "{got}, {wanted}"
        );
        let abstained = composed("", None);
        assert_eq!(abstained, (reward.missing == Missing::Zero).then_some(0.0));
    }
    let own = reward.judges.iter().filter_map(|one| one.splits.as_ref());
    let splits: Vec<String> = own.flatten().cloned().chain([String::new()]).collect();
    for score in [0.0, -1.0, 1.0, 1e9, f64::NAN, f64::INFINITY] {
        for split in &splits {
            let reward = composed(split, Some(score));
            assert!(reward.is_none_or(f64::is_finite), "{reward:?}");
        }
    }
}

fn scored(judge: &str, score: Option<f64>) -> JudgeScore {
    JudgeScore {
        score,
        credits: vec![Credit {
            start: 0,
            end: 1,
            value: -1.0,
            note: String::new(),
        }],
        ..JudgeScore::none(judge, Digest::of(judge.as_bytes()))
    }
}
