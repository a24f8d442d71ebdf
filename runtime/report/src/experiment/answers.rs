use std::fmt::Write as _;

use falcon_experiment::{Answer, Contrast, Report, Verdict};

use super::wrap;
use crate::{
    html::escape,
    number::{interval, points},
    words::{memory_title, split_title},
};

/// The primary questions, each with its answer in a sentence.
pub(super) fn claims(report: &Report) -> String {
    let mut cards = String::new();
    for answer in report
        .answers
        .iter()
        .filter(|answer| answer.contrast.primary)
    {
        let _ = writeln!(
            cards,
            "<article class=\"card claim {class}\"><h3>{claim}</h3><p class=\"big\">{diff}<small> points</small></p>\
             <p class=\"sentence\">{sentence}</p><p class=\"levels\">{sides}</p><p class=\"ci\">{chip}</p></article>",
            class = class(answer.verdict),
            claim = escape(&answer.contrast.claim),
            diff = if answer.verdict == Verdict::Missing {
                "–".to_owned()
            } else {
                points(answer.diff)
            },
            sentence = escape(&answer.sentence),
            sides = sides(answer),
            chip = chip(answer.verdict),
        );
    }
    if cards.is_empty() {
        return cards;
    }
    let lead = "Each question was fixed before the runs. A claim counts where its interval leaves out 0, its p-value stays \
                below 0.05 after Holm’s correction over all of them, and the effect is one that this design can detect.";
    wrap(
        "claims",
        "What was asked, and the answers",
        lead,
        &format!("<div class=\"cards\">\n{cards}</div>\n"),
    )
}

/// The rates behind a difference.
fn sides(answer: &Answer) -> String {
    if answer.verdict == Verdict::Missing {
        return String::new();
    }
    format!(
        "<span>{:.1} %</span> {} <b aria-hidden=\"true\">→</b> <span>{:.1} %</span> {}, {}",
        answer.without,
        side(&answer.contrast.without),
        answer.with,
        side(&answer.contrast.with),
        escape(split_title(&answer.contrast.split)).to_lowercase()
    )
}

fn side(of: &falcon_experiment::Side) -> String {
    if of.memory == "none" {
        return escape(&of.arm);
    }
    format!(
        "{} with {}",
        escape(&of.arm),
        escape(memory_title(&of.memory))
    )
}

/// Every contrast in one table, nulls among them.
pub(super) fn section(report: &Report) -> String {
    let ends = report.answers.iter().flat_map(|answer| {
        answer
            .by_seed
            .iter()
            .copied()
            .chain([answer.ci95[0], answer.ci95[1], answer.diff])
    });
    let (low, high) = ends
        .filter(|v| v.is_finite())
        .fold((0f64, 0f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let margin = ((high - low) * 0.04).max(0.5);
    let axis = [low - margin, high + margin];
    let mut body = String::new();
    for (primary, title) in [
        (true, "Fixed beforehand, corrected together"),
        (false, "Secondary, uncorrected"),
    ] {
        let of: Vec<_> = report
            .answers
            .iter()
            .filter(|answer| answer.contrast.primary == primary)
            .collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(
            body,
            "<tbody><tr class=\"group\"><th colspan=\"5\" scope=\"rowgroup\">{title}</th></tr>"
        );
        of.into_iter()
            .for_each(|answer| body += &line(answer, axis));
        body += "</tbody>\n";
    }
    if body.is_empty() {
        return body;
    }
    let heading = "<th scope=\"col\">Question</th><th scope=\"col\">Difference with its interval</th>\
                   <th scope=\"col\" class=\"n\">points, 95 %</th><th scope=\"col\" class=\"n\">p</th>\
                   <th scope=\"col\" class=\"n\">detectable</th>";
    let table = format!(
        "<div class=\"scroll\"><table class=\"forest answers\">\n<thead><tr>{heading}</tr></thead>\n{body}</table></div>\n"
    );
    let lead = "In points of pass@1 (of the share of samples with that verdict where one is named). The dot is the mean over \
                seeds and tasks, the line its 95 % interval, the small marks are single seeds. <em>Detectable</em> is the true difference that \
                a design with this spread would tell from 0 in four of five repetitions.";
    wrap("answers", "Every contrast, nulls among them", lead, &table)
}

fn line(answer: &Answer, [low, high]: [f64; 2]) -> String {
    let share = |v: f64| (100.0 * (v - low) / (high - low)).clamp(0.0, 100.0);
    let contrast = &answer.contrast;
    let name = format!(
        "{} <code>{}</code> {}",
        escape(&contrast.claim),
        escape(&names(contrast)),
        chip(answer.verdict)
    );
    if answer.verdict == Verdict::Missing {
        return format!(
            "<tr class=\"open\"><th scope=\"row\">{name}</th><td class=\"plot\"></td><td class=\"n\">–</td><td class=\"n\">–</td>\
             <td class=\"n\">–</td></tr>\n"
        );
    }
    let mut marks = String::new();
    for mark in &answer.by_seed {
        let _ = write!(
            marks,
            "<i class=\"mark\" style=\"left:{:.2}%\"></i>",
            share(*mark)
        );
    }
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{name}</th><td class=\"plot\"><span class=\"track\" aria-hidden=\"true\">\
         <i class=\"zero\" style=\"left:{zero:.2}%\"></i>{marks}<i class=\"reach\" style=\"left:{left:.2}%;width:{width:.2}%\"></i>\
         <i class=\"dot\" style=\"left:{dot:.2}%\"></i></span></td><td class=\"n\"><b>{diff}</b> <small>{interval}</small></td>\
         <td class=\"n\">{p}</td><td class=\"n\">{detectable:.1}</td></tr>\n",
        class = class(answer.verdict),
        zero = share(0.0),
        left = share(answer.ci95[0]),
        width = share(answer.ci95[1]) - share(answer.ci95[0]),
        dot = share(answer.diff),
        diff = points(answer.diff),
        interval = interval(answer.ci95),
        p = p_words(answer),
        detectable = answer.detectable,
    )
}

/// `a4/ltm − a1 on alias`.
fn names(contrast: &Contrast) -> String {
    let side = |of: &falcon_experiment::Side| match &of.memory[..] {
        "none" => of.arm.clone(),
        memory => format!("{}/{memory}", of.arm),
    };
    let mut text = format!(
        "{} \u{2212} {} on {}",
        side(&contrast.with),
        side(&contrast.without),
        contrast.split
    );
    if let Some(depth) = contrast.depth {
        let _ = write!(text, ", depth {depth}");
    }
    if let Some(skip) = contrast.skip {
        let _ = write!(text, ", tasks from {}", skip + 1);
    }
    for part in [&contrast.family, &contrast.measure].into_iter().flatten() {
        let _ = write!(text, ", {part}");
    }
    text
}

fn p_words(answer: &Answer) -> String {
    let text = |p: f64| {
        if p < 0.001 {
            "&lt; 0.001".to_owned()
        } else {
            format!("{p:.3}")
        }
    };
    match answer.p_holm {
        Some(holm) => format!(
            "{} <small>Holm {}</small>",
            text(answer.p_value),
            text(holm)
        ),
        None => text(answer.p_value),
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Above => "above",
        Verdict::Below => "below",
        Verdict::Small | Verdict::Null | Verdict::Missing => "open",
    }
}

fn chip(verdict: Verdict) -> String {
    let words = match verdict {
        Verdict::Above => "above 0",
        Verdict::Below => "below 0",
        Verdict::Small => "too small to claim",
        Verdict::Null => "null: not told from 0",
        Verdict::Missing => "not measured",
    };
    format!("<span class=\"chip {}\">{words}</span>", class(verdict))
}
