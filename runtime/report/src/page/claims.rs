use crate::{
    Gain, Report,
    html::escape,
    number::{interval, percent, points},
    words::first_split,
};

/// The top of the page: what the run found, in one sentence.
pub(super) fn header(report: &Report, name: &str) -> String {
    let digest = report.result_digest.trim_start_matches("sha256:");
    let digest = digest.get(..12).unwrap_or(digest);
    format!(
        "<header>\n<p class=\"eyebrow\">FALCON · {} · seed {}{}</p>\n<h1>{}</h1>\n</header>\n",
        escape(name),
        report.seed,
        if digest.is_empty() {
            String::new()
        } else {
            format!(" · result <code>{}</code>", escape(digest))
        },
        headline(report)
    )
}

/// What the intervals of the primary contrast and of its control allow to be said, and no more:
/// what more supervised steps do as well is not the executing's merit.
fn headline(report: &Report) -> String {
    let (split, _) = first_split(report);
    let level = |when| {
        report
            .find(split, when, "none")
            .map(|e| percent(e.pass_at_1))
    };
    let levels = level("before").zip(level("after"));
    match (levels, report.gain(split, "after - before")) {
        (Some((before, after)), Some(gain)) => {
            let of = if split == "iid" {
                "behaviours the model never saw"
            } else {
                "tasks it did not learn from"
            };
            let whole = format!("from {before} to {after} on {of}");
            let said = match Sign::of(gain) {
                Sign::Above => format!("Reinforcement learning took pass@1 {whole}"),
                Sign::Below => format!("In reinforcement learning pass@1 fell {whole}"),
                Sign::Open => format!("Pass@1 went {whole}, and the interval includes no change"),
            };
            format!("{said}{}.", control(report, split, level("continued")))
        }
        _ if report.eval.is_empty() => "This run has not been evaluated.".to_owned(),
        _ => "A code model, trained on executing what it writes.".to_owned(),
    }
}

/// The end of the headline: where the control came to.
fn control(report: &Report, split: &str, level: Option<String>) -> String {
    let Some((level, gain)) = level.zip(report.gain(split, "after - continued")) else {
        return "; without the control nothing says whether executing was the reason".to_owned();
    };
    match Sign::of(gain) {
        Sign::Above => format!("; as much compute on more supervised steps only came to {level}"),
        Sign::Below => {
            format!("; as much compute on more supervised steps came further, to {level}")
        }
        Sign::Open => {
            format!(
                "; as much compute on more supervised steps came to {level}, not separated from it"
            )
        }
    }
}

/// A claim: a contrast, and the control without which it would say little.
struct Claim {
    title: &'static str,
    split: &'static str,
    contrast: &'static str,
    /// The contrast that must be above 0 as well.
    control: &'static str,
    control_words: &'static str,
    from: Level,
    to: Level,
}

/// One of the two rates of a claim.
struct Level {
    when: &'static str,
    memory: &'static str,
    words: &'static str,
}

const CLAIMS: [Claim; 3] = [
    Claim {
        title: "Learning by executing",
        split: "iid",
        contrast: "after - before",
        control: "after - continued",
        control_words: "Against more supervised steps",
        from: Level {
            when: "before",
            memory: "none",
            words: "warm start",
        },
        to: Level {
            when: "after",
            memory: "none",
            words: "after RL",
        },
    },
    Claim {
        title: "Long-term memory",
        split: "alias",
        contrast: "ltm - none",
        control: "ltm - ltm-random",
        control_words: "Against a random exemplar",
        from: Level {
            when: "after",
            memory: "none",
            words: "without memory",
        },
        to: Level {
            when: "after",
            memory: "ltm",
            words: "with what it retrieved",
        },
    },
    Claim {
        title: "Short-term memory",
        split: "ambiguous",
        contrast: "stm - resample",
        control: "stm - stm-shuffled",
        control_words: "Against another task’s feedback",
        from: Level {
            when: "after",
            memory: "resample",
            words: "sampling again",
        },
        to: Level {
            when: "after",
            memory: "stm",
            words: "with feedback",
        },
    },
];

/// The claims, each with its control and the intervals that carry both.
pub(super) fn cards(report: &Report) -> String {
    // A run has either PyMini's splits or the one of its files.
    let cards: String = CLAIMS
        .iter()
        .flat_map(|claim| [claim.split, "test"].map(|split| card(report, claim, split)))
        .collect();
    if cards.is_empty() {
        cards
    } else {
        format!("<div class=\"cards\">\n{cards}</div>\n")
    }
}

/// One claim; nothing where the run has no such contrast. It is coloured as a gain only where its
/// control is above 0 too.
fn card(report: &Report, claim: &Claim, split: &str) -> String {
    let Some(gain) = report.gain(split, claim.contrast) else {
        return String::new();
    };
    let control = report.gain(split, claim.control);
    let class = match (Sign::of(gain), control.map(Sign::of)) {
        (Sign::Above, Some(Sign::Above)) => Sign::Above,
        (Sign::Below, _) => Sign::Below,
        _ => Sign::Open,
    };
    let level = |level: &Level| {
        let found = report.find(split, level.when, level.memory)?;
        Some(format!(
            "<span>{}</span> {}",
            percent(found.pass_at_1),
            level.words
        ))
    };
    let levels = match (level(&claim.from), level(&claim.to)) {
        (Some(from), Some(to)) => {
            format!("<p class=\"levels\">{from} <b aria-hidden=\"true\">→</b> {to}</p>")
        }
        _ => String::new(),
    };
    let control = match control {
        Some(control) => format!(
            "<b>{}</b> {} {}",
            points(control.diff),
            interval(control.ci95),
            Sign::of(control).chip()
        ),
        None => "not measured".to_owned(),
    };
    format!(
        "<article class=\"card {}\"><h3>{}</h3><p class=\"big\">{}<small> points</small></p>\
         <p class=\"ci\">95 % interval {} {}</p>{levels}<p class=\"ci\">{}: {control}</p></article>\n",
        class.class(),
        claim.title,
        points(gain.diff),
        interval(gain.ci95),
        Sign::of(gain).chip(),
        claim.control_words,
    )
}

/// What an interval says about zero.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sign {
    Above,
    Below,
    Open,
}

impl Sign {
    pub(crate) fn of(gain: &Gain) -> Self {
        match gain.ci95 {
            [lo, _] if lo > 0.0 => Self::Above,
            [_, hi] if hi < 0.0 => Self::Below,
            _ => Self::Open,
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Open => "open",
        }
    }

    /// What the interval says, as a small mark.
    fn chip(self) -> String {
        let words = match self {
            Self::Above => "above 0",
            Self::Below => "below 0",
            Self::Open => "not separated from 0",
        };
        format!("<span class=\"chip {}\">{words}</span>", self.class())
    }
}
