use crate::{
    Evaluation, Gain, Report,
    html::escape,
    number::{interval, percent, points},
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

/// What the interval of the primary contrast allows to be said, and no more.
fn headline(report: &Report) -> String {
    let levels = report
        .find("iid", "before", "none")
        .zip(report.find("iid", "after", "none"));
    match (levels, report.gain("iid", "after - before")) {
        (Some((before, after)), Some(gain)) => {
            let from_to = format!(
                "from {} to {}",
                percent(before.pass_at_1),
                percent(after.pass_at_1)
            );
            match Sign::of(gain) {
                Sign::Above => format!(
                    "Executing its own programs took the model {from_to} on behaviours it never saw."
                ),
                Sign::Below => format!(
                    "After training on its own programs the model fell {from_to} on behaviours it never saw."
                ),
                Sign::Open => format!(
                    "Pass@1 went {from_to} on behaviours the model never saw; the interval includes no change."
                ),
            }
        }
        _ if report.eval.is_empty() => "This run has not been evaluated.".to_owned(),
        _ => "A code model, trained on executing what it writes.".to_owned(),
    }
}

/// Three claims, each with the interval that carries it.
pub(super) fn cards(report: &Report) -> String {
    let claims = [
        (
            "iid",
            "after - before",
            "Learning by executing",
            ("before", "none"),
            ("after", "none"),
            "warm start",
            "after RL",
        ),
        (
            "alias",
            "ltm - none",
            "Long-term memory",
            ("after", "none"),
            ("after", "ltm"),
            "without memory",
            "with what it retrieved",
        ),
        (
            "ambiguous",
            "stm - resample",
            "Short-term memory",
            ("after", "resample"),
            ("after", "stm"),
            "sampling again",
            "with feedback",
        ),
    ];
    let mut cards = String::new();
    for (split, contrast, title, from, to, from_words, to_words) in claims {
        let Some(gain) = report.gain(split, contrast) else {
            continue;
        };
        let levels = report
            .find(split, from.0, from.1)
            .zip(report.find(split, to.0, to.1));
        cards += &card(title, gain, levels, from_words, to_words);
    }
    if cards.is_empty() {
        cards
    } else {
        format!("<div class=\"cards\">\n{cards}</div>\n")
    }
}

fn card(
    title: &str,
    gain: &Gain,
    levels: Option<(&Evaluation, &Evaluation)>,
    from_words: &str,
    to_words: &str,
) -> String {
    let sign = Sign::of(gain);
    let levels = levels.map_or_else(String::new, |(from, to)| {
        format!(
            "<p class=\"levels\"><span>{}</span> {from_words} <b aria-hidden=\"true\">→</b> <span>{}</span> {to_words}</p>",
            percent(from.pass_at_1),
            percent(to.pass_at_1)
        )
    });
    format!(
        "<article class=\"card {}\"><h3>{title}</h3><p class=\"big\">{}<small> points</small></p>\
         <p class=\"ci\">95 % interval {} <span class=\"chip\">{}</span></p>{levels}</article>\n",
        sign.class(),
        points(gain.diff),
        interval(gain.ci95),
        sign.words()
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

    fn words(self) -> &'static str {
        match self {
            Self::Above => "above 0",
            Self::Below => "below 0",
            Self::Open => "not separated from 0",
        }
    }
}
