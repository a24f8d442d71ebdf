use std::fmt::Write as _;

use super::{
    results::{bar, class_of},
    section as wrap,
};
use crate::{
    Evaluation, Report,
    html::escape,
    number::{count, percent},
    words::{first_split, memory_title, split_text, split_title, splits_of, when_title},
};

/// What memory does, against the controls that must not reproduce it.
pub(super) fn section(report: &Report) -> String {
    let mut content = String::new();
    for split in splits_of(
        report
            .eval
            .iter()
            .filter(|e| e.memory != "none")
            .map(|e| e.split.as_str()),
    ) {
        let of_split: Vec<_> = report.eval.iter().filter(|e| e.split == split).collect();
        content += &panel(split, &of_split);
    }
    if content.is_empty() {
        return content;
    }
    let content = format!("<div class=\"panels\">\n{content}</div>\n{}", usage(report));
    wrap(
        "memory",
        "Memory, against its controls",
        "A random exemplar costs the same tokens and another task’s feedback looks the same: if they helped as \
         much, memory would not be the reason. The oracle exemplar is the ceiling.",
        &content,
    )
}

/// One split: for each memory policy, the moments at which it was measured.
fn panel(split: &str, evaluations: &[&Evaluation]) -> String {
    let top = evaluations
        .iter()
        .map(|e| e.interval()[1])
        .fold(0.05, f64::max);
    let mut policies: Vec<&str> = Vec::new();
    for evaluation in evaluations {
        if !policies.contains(&evaluation.memory.as_str()) {
            policies.push(&evaluation.memory);
        }
    }
    let mut rows = String::new();
    for policy in policies {
        let _ = writeln!(
            rows,
            "<tbody><tr class=\"group\"><th colspan=\"2\" scope=\"rowgroup\">{} <code>{}</code></th></tr>",
            escape(memory_title(policy)),
            escape(policy)
        );
        for evaluation in evaluations.iter().filter(|e| e.memory == policy) {
            let tokens = evaluation
                .tokens_mean
                .map_or_else(String::new, |t| format!(" <small>{t:.0} tokens</small>"));
            let _ = writeln!(
                rows,
                "<tr class=\"{}\"><th scope=\"row\">{}{tokens}</th><td>{}</td></tr>",
                class_of(&evaluation.when),
                escape(when_title(&evaluation.when)),
                bar(evaluation.pass_at_1, evaluation.interval(), top)
            );
        }
        rows += "</tbody>\n";
    }
    format!(
        "<div class=\"panel\"><h3>{}</h3><p>{}</p>\n<table class=\"bars\">\n{rows}</table></div>\n",
        escape(split_title(split)),
        escape(split_text(split))
    )
}

fn usage(report: &Report) -> String {
    let memory = &report.memory;
    if memory.items == 0 && memory.retrievals == 0 {
        return String::new();
    }
    // Tasks of files have no private words.
    let hit = memory.hit_at_1.filter(|_| first_split(report).0 != "test");
    let hit = hit.map_or_else(String::new, |h| {
        format!(
            " Of the tasks of the private vocabulary’s test set, {} got an exemplar that discloses their word.",
            percent(h)
        )
    });
    format!(
        "<p class=\"note\">Long-term memory held {} verified items when training ended. Training and evaluation \
         asked it {} queries.{hit}</p>\n",
        count(memory.items),
        count(memory.retrievals)
    )
}
