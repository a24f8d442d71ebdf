//! What the names of splits, moments, memory policies and contrasts mean, for people.

use crate::Report;

/// Splits in the order in which they are told, with a title and what they ask.
pub(crate) const SPLITS: [(&str, &str, &str); 5] = [
    (
        "iid",
        "Unseen behaviours",
        "Compositions of known operations whose behaviour no training task has.",
    ),
    (
        "composition",
        "Unseen compositions",
        "Pairs of operations that never occur together in training.",
    ),
    (
        "alias",
        "Private vocabulary",
        "Each project renames operations; only its solved tasks disclose what a word means.",
    ),
    (
        "ambiguous",
        "Ambiguous tasks",
        "The examples leave one of eight readings open; only a failing test tells which.",
    ),
    (
        "test",
        "Test tasks",
        "Tasks of files, of which none was learnt from.",
    ),
];

/// The split that a run is told by first, and what its tasks are.
pub(crate) fn first_split(report: &Report) -> (&'static str, &'static str) {
    let of_files = report.eval.iter().any(|row| row.split == "test");
    if of_files {
        ("test", "test tasks")
    } else {
        ("iid", "unseen behaviours")
    }
}

/// A split's title; its own name where it is not one of ours.
pub(crate) fn split_title(split: &str) -> &str {
    SPLITS
        .iter()
        .find(|(name, ..)| *name == split)
        .map_or(split, |(_, title, _)| title)
}

/// What a split asks.
pub(crate) fn split_text(split: &str) -> &str {
    SPLITS
        .iter()
        .find(|(name, ..)| *name == split)
        .map_or("", |(.., text)| text)
}

/// The name of a memory policy.
pub(crate) fn memory_title(memory: &str) -> &str {
    match memory {
        "none" => "no memory",
        "ltm" => "retrieved exemplar",
        "ltm-random" => "random exemplar",
        "ltm-oracle" => "oracle exemplar",
        "stm" => "feedback on the failed attempt",
        "stm-shuffled" => "another task’s feedback",
        "resample" => "independent samples, equal tokens",
        "best-of-n" => "the first of n samples to pass its feedback tests",
        "inner" => "context adapted to own attempts",
        "inner-frozen" => "own attempts made, context not adapted",
        "inner-other" => "context adapted to another task’s attempts",
        "inner-support" => "a passing attempt, else not adapted",
        "inner-both" => "a passing attempt, else adapted",
        other => other,
    }
}

/// The name of a moment.
pub(crate) fn when_title(when: &str) -> &str {
    match when {
        "before" => "Warm start",
        "after" => "After RL",
        "continued" => "Warm start, continued",
        other => other,
    }
}

/// The name of a phase.
pub(crate) fn phase_title(phase: &str) -> &str {
    match phase {
        "rl" => "reinforcement learning",
        "continued" => "warm start, continued",
        other => other,
    }
}

/// What a contrast asks, in words.
#[must_use]
pub fn contrast_words(contrast: &str) -> &str {
    match contrast {
        "after - before" => "RL against the warm start",
        "continued - before" => "more supervised steps against the warm start",
        "after - continued" => "RL against more supervised steps",
        "ltm - none" => "retrieved exemplar against none",
        "ltm - ltm-random" => "retrieved against a random exemplar",
        "ltm - ltm-oracle" => "retrieved against an oracle exemplar",
        "ltm-oracle - ltm" => "oracle against the retrieved exemplar",
        "ltm-oracle - none" => "oracle exemplar against none",
        "ltm-random - none" => "random exemplar against none",
        "stm - none" => "second attempt with feedback against one attempt",
        "stm - resample" => "feedback against resampling at equal tokens",
        "stm - stm-shuffled" => "feedback against another task’s feedback",
        "ltm: after - before" => "with retrieval, RL against the warm start",
        "ltm: after - continued" => "with retrieval, RL against more supervised steps",
        "stm: after - before" => "with feedback, RL against the warm start",
        "stm: after - continued" => "with feedback, RL against more supervised steps",
        "stm-shuffled - resample" => "another task’s feedback against resampling",
        "best-of-n - none" => "n samples and their tests against one sample",
        "after - best-of-n before" => "one sample after RL against the best of n before",
        "inner - inner-frozen" => "context adapted to own attempts against not adapted",
        "inner - inner-other" => "adapted to own attempts against another task’s",
        "inner - inner-support" => "adapted against returning a passing attempt",
        "inner-both - inner-support" => "what adapting adds where no attempt passed",
        "before: inner - inner-frozen" => "at the warm start, adapted against not adapted",
        "resample - none" => "resampling against one attempt",
        other => other,
    }
}

/// Position of a split in the telling; unknown ones last.
pub(crate) fn split_order(split: &str) -> usize {
    SPLITS
        .iter()
        .position(|(name, ..)| *name == split)
        .unwrap_or(SPLITS.len())
}

/// The splits of a list in the order of the telling, each once.
pub(crate) fn splits_of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.sort_by_key(|name| split_order(name));
    found
}
