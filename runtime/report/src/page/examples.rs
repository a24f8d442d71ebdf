use std::fmt::Write as _;

use super::section as wrap;
use crate::{
    Example, Report,
    html::escape,
    words::{memory_title, split_title, when_title},
};

/// Programs with what executing them said, attempts on one task side by side.
pub(super) fn section(report: &Report) -> String {
    let mut tasks: Vec<(&str, Vec<&Example>)> = Vec::new();
    for example in &report.examples {
        match tasks
            .iter_mut()
            .find(|(id, _)| *id == example.task_id && !id.is_empty())
        {
            Some((_, attempts)) => attempts.push(example),
            None => tasks.push((&example.task_id, vec![example])),
        }
    }
    let content: String = tasks.iter().map(|(_, attempts)| task(attempts)).collect();
    wrap(
        "examples",
        "Programs and their verdicts",
        "Written by the model, executed by CPython in a sandbox of their own.",
        &content,
    )
}

fn task(attempts: &[&Example]) -> String {
    let first = attempts[0];
    let mut out = format!(
        "<article class=\"task\">\n<p class=\"where\">{} <code>{}</code></p>\n<pre class=\"prompt\">{}</pre>\n<div class=\"attempts\">\n",
        escape(split_title(&first.split)),
        escape(&first.task_id),
        escape(first.prompt.trim())
    );
    for attempt in attempts {
        out += &program(attempt);
    }
    out + "</div>\n</article>\n"
}

fn program(example: &Example) -> String {
    let passed = example.verdict == "passed";
    let mut title = escape(when_title(&example.when));
    match example.memory.as_str() {
        "" | "none" => {}
        // Feedback follows a failed attempt only.
        "stm" | "stm-shuffled" if example.shown.trim().is_empty() => title += ", first attempt",
        memory => {
            let _ = write!(title, ", {}", escape(memory_title(memory)));
        }
    }
    let shown = if example.shown.trim().is_empty() {
        String::new()
    } else {
        format!(
            "<details><summary>what memory showed</summary><pre>{}</pre></details>\n",
            escape(example.shown.trim())
        )
    };
    let message = if example.message.trim().is_empty() {
        String::new()
    } else {
        format!(
            "<p class=\"message\">{}</p>\n",
            escape(example.message.trim())
        )
    };
    let reward = example.reward.map_or_else(String::new, |r| {
        format!(
            " <small>reward {}</small>",
            format!("{r:.2}").replace('-', "\u{2212}")
        )
    });
    format!(
        "<div class=\"attempt {}\"><p class=\"verdict\"><span>{title}</span><b>{} {}</b>{reward}</p>\n<pre>{}</pre>\n{message}{shown}</div>\n",
        if passed { "passed" } else { "refused" },
        if passed { "✓" } else { "✗" },
        escape(&example.verdict),
        escape(example.program.trim_end())
    )
}
