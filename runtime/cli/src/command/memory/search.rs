//! `falcon memory search`: the items nearest to a text.

use falcon_memory::{Filter, Hit};
use serde_json::{Value, json};

use super::{Context, meant, open};
use crate::{
    cli::SearchMemory,
    failure::{Exit, Outcome},
    output::{Output, one_line},
    table::table,
};

pub(crate) fn search(context: &Context, options: &SearchMemory) -> Outcome {
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let filter = Filter {
        project: given(&options.project),
        family: given(&options.family),
        language: given(&options.language),
    };
    let mut found = Vec::new();
    for folder in meant(&options.folder, options.checkpoint)? {
        let store = open(&folder, options.checkpoint)?;
        let hits = store.nearest(&options.text, &filter, usize::from(options.limit));
        found.push((folder, hits));
    }
    let mut output = Output::stdout();
    if context.json {
        let memories: Vec<Value> = found
            .iter()
            .map(|(folder, hits)| {
                let hits: Vec<Value> = hits.iter().map(hit).collect();
                json!({ "folder": folder, "items": hits })
            })
            .collect();
        output.document(&json!({ "text": options.text, "memories": memories }))?;
    } else {
        for (folder, hits) in &found {
            output.text(&format!("{}\n{}\n", folder.display(), text(hits)))?;
        }
    }
    output.finish()?;
    let none = found.iter().all(|(_, hits)| hits.is_empty());
    Ok(if none { Exit::No } else { Exit::Done })
}

fn hit(hit: &Hit) -> Value {
    let mut value = json!(hit.record);
    value["relevance"] = json!(hit.relevance);
    value["warning"] = json!(is_warning(hit));
    value
}

/// Whether the item failed a test: it is kept to warn, and is never an exemplar.
fn is_warning(hit: &Hit) -> bool {
    hit.record.item.score < 1.0
}

fn text(hits: &[Hit]) -> String {
    if hits.is_empty() {
        return "nothing like it\n".to_owned();
    }
    let rows: Vec<Vec<String>> = hits
        .iter()
        .map(|hit| {
            let item = &hit.record.item;
            let utility = if hit.record.uses > 0 {
                format!("{:+.3}", hit.record.utility)
            } else {
                "–".to_owned()
            };
            let program = if is_warning(hit) {
                format!("(failed) {}", cell(&item.program))
            } else {
                cell(&item.program)
            };
            vec![
                format!("{:.3}", hit.relevance),
                one_line(&item.task_id),
                hit.record.uses.to_string(),
                utility,
                cell(&item.prompt),
                program,
            ]
        })
        .collect();
    table(
        &["relevance", "task", "shown", "utility", "words", "program"],
        &[0, 2, 3],
        &rows,
    )
}

/// A text as a cell of a table, cut where it is long.
fn cell(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut words = one_line(text);
    if words.chars().count() > LONGEST {
        words = words.chars().take(LONGEST - 1).collect();
        words.push('…');
    }
    words
}
