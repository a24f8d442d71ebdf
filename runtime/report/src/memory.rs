//! A memory as a page: how it grew, what it answered, what showing its items was worth, and what lies near what.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    chart::{Curve, Series, Smoothed, curve_svg},
    html::{document, escape},
    number::{bytes, count, percent},
    page::section,
};

/// What a memory's page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryPage {
    /// The memory's folder.
    pub folder: String,
    /// Items held.
    pub items: u64,
    /// Items that entered.
    pub admitted: u64,
    /// Items that left for another.
    pub replaced: u64,
    /// Items that left because memory was full.
    pub evicted: u64,
    /// Items refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Items by family.
    pub families: BTreeMap<String, u64>,
    /// Projects of the items.
    pub projects: u64,
    /// Queries answered.
    pub retrievals: u64,
    /// Of those, how many got at least one item.
    pub answered: u64,
    /// How often items were shown.
    pub uses: u64,
    /// Behaviours of evaluation tasks that must never be stored.
    pub guarded: u64,
    /// Encoder of the embeddings.
    pub encoder: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// Oldest first; the last is now.
    pub history: Vec<MemoryMoment>,
    /// Utility of each item that was shown.
    pub utilities: Vec<f64>,
    /// Items with their neighbours.
    pub shown: Vec<MemoryItem>,
    /// FALCON's version.
    pub version: String,
}

/// How much there was of everything at a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryMoment {
    /// Items held.
    pub items: u64,
    /// Items that had entered.
    pub admitted: u64,
    /// Items that had been refused.
    pub refused: u64,
    /// Queries that had been answered.
    pub retrievals: u64,
    /// Of those, how many got at least one item.
    pub answered: u64,
}

/// An item with its neighbours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryItem {
    /// The task's id.
    pub task: String,
    /// Its project; empty for none.
    pub project: String,
    /// The specification's words.
    pub prompt: String,
    /// The program.
    pub program: String,
    /// It failed a test: a warning.
    pub failed: bool,
    /// How often it was shown.
    pub uses: u32,
    /// What showing it was worth.
    pub utility: f64,
    /// The nearest others.
    pub neighbours: Vec<MemoryNeighbour>,
}

/// A neighbour of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryNeighbour {
    /// The task's id.
    pub task: String,
    /// The specification's words.
    pub prompt: String,
    /// Fused reciprocal ranks; 1 for the first in full text and in vectors.
    pub relevance: f64,
}

/// Memories as one self-contained HTML document: no script, nothing fetched.
#[must_use]
pub fn memory_page(memories: &[MemoryPage]) -> String {
    let items: u64 = memories.iter().map(|memory| memory.items).sum();
    let mut body = format!(
        "<header>\n<p class=\"eyebrow\">FALCON · long-term memory</p>\n<h1>{}</h1>\n</header>\n<main>\n",
        headline(memories, items)
    );
    for (number, memory) in memories.iter().enumerate() {
        body += &one(number, memory);
    }
    body += "</main>\n";
    let version = memories
        .first()
        .map_or("", |memory| memory.version.as_str());
    let _ = writeln!(
        body,
        "<footer><p>Made by <code>falcon memory stats --html</code> {}. Items were verified by executing them in a sandbox.</p></footer>",
        escape(version)
    );
    document("FALCON · long-term memory", &body)
}

fn headline(memories: &[MemoryPage], items: u64) -> String {
    let (asked, answered) = memories.iter().fold((0, 0), |(asked, answered), memory| {
        (asked + memory.retrievals, answered + memory.answered)
    });
    let kept = match memories.len() {
        1 => format!("{} items in memory", count(items)),
        many => format!("{} items in {many} memories", count(items)),
    };
    if asked == 0 {
        return format!("{kept}, never asked.");
    }
    let rate = percent(answered as f64 / asked as f64);
    format!("{kept}; {rate} of {} queries got one.", count(asked))
}

fn one(number: usize, memory: &MemoryPage) -> String {
    let title = escape(&memory.folder);
    let mut content = facts(memory);
    let charts: String = [growth(memory), hits(memory), utility(memory)]
        .into_iter()
        .flatten()
        .map(|(title, chart)| format!("<div class=\"panel\"><h3>{title}</h3>\n{chart}</div>\n"))
        .collect();
    if !charts.is_empty() {
        let _ = writeln!(content, "<div class=\"panels\">\n{charts}</div>");
    }
    content += &neighbours(memory);
    section(&format!("memory-{number}"), &title, "", &content)
}

fn facts(memory: &MemoryPage) -> String {
    let counts = |counts: &BTreeMap<String, u64>| {
        let parts = counts.iter().map(|(name, n)| {
            let name = if name.is_empty() { "(none)" } else { name };
            format!("{} {}", escape(name), count(*n))
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    let mut rows = String::new();
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(
                rows,
                "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
            );
        }
    };
    row(
        "Held",
        format!(
            "{} of {} that entered; {} replaced by a better one, {} left for want of room",
            count(memory.items),
            count(memory.admitted),
            count(memory.replaced),
            count(memory.evicted)
        ),
    );
    row("Refused", counts(&memory.refused));
    row("Families", counts(&memory.families));
    row(
        "Shown",
        format!(
            "{} times, of {} projects",
            count(memory.uses),
            count(memory.projects)
        ),
    );
    row(
        "Kept out",
        format!("{} behaviours of evaluation tasks", count(memory.guarded)),
    );
    row(
        "Stored",
        format!(
            "{}, embedded by <code>{}</code>",
            bytes(memory.bytes),
            escape(&memory.encoder)
        ),
    );
    format!(
        "<div class=\"scroll\"><table class=\"results\">\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// A title and a chart; none where there is too little to draw.
type Chart = Option<(&'static str, String)>;

fn line(points: impl Iterator<Item = (f64, f64)>) -> Vec<Smoothed> {
    points
        .map(|(x, y)| Smoothed {
            x,
            mean: y,
            lo: y,
            hi: y,
        })
        .collect()
}

fn growth(memory: &MemoryPage) -> Chart {
    let of = |value: fn(&MemoryMoment) -> u64| {
        let moments = memory.history.iter();
        line(moments.map(|at| ((at.admitted + at.refused) as f64, value(at) as f64)))
    };
    let series = |label, class, line| Series {
        label,
        class,
        raw: Vec::new(),
        line,
    };
    (memory.history.len() > 1).then(|| {
        let chart = Curve {
            title: "Items held and entered",
            x_label: "items offered",
            unit: "",
            series: vec![
                series("held", "c1", of(|at| at.items)),
                series("entered", "c3", of(|at| at.admitted)),
            ],
            from_zero: true,
        };
        ("Growth", curve_svg(&chart))
    })
}

/// The share of queries since the moment before that got an item.
fn hits(memory: &MemoryPage) -> Chart {
    let pairs = memory.history.windows(2).filter_map(|pair| {
        let asked = pair[1].retrievals.checked_sub(pair[0].retrievals)?;
        let answered = pair[1].answered.checked_sub(pair[0].answered)?;
        (asked > 0).then(|| {
            (
                pair[1].retrievals as f64,
                100.0 * answered as f64 / asked as f64,
            )
        })
    });
    let points = line(pairs);
    (points.len() > 1).then(|| {
        let chart = Curve {
            title: "Queries that got an item",
            x_label: "queries",
            unit: " %",
            series: vec![Series {
                label: "",
                class: "c4",
                raw: Vec::new(),
                line: points,
            }],
            from_zero: true,
        };
        ("Hit rate", curve_svg(&chart))
    })
}

/// The utilities from the least to the largest.
fn utility(memory: &MemoryPage) -> Chart {
    let mut sorted = memory.utilities.clone();
    sorted.retain(|utility| utility.is_finite());
    sorted.sort_by(f64::total_cmp);
    (sorted.len() > 1).then(|| {
        let last = (sorted.len() - 1) as f64;
        let places = sorted.iter().enumerate();
        let points: Vec<(f64, f64)> = places
            .map(|(at, utility)| (100.0 * at as f64 / last, *utility))
            .collect();
        let chart = Curve {
            title: "Utility of the items that were shown",
            x_label: "% of the items shown",
            unit: "",
            series: vec![Series {
                label: "",
                class: "c2",
                raw: Vec::new(),
                line: line(points.into_iter()),
            }],
            from_zero: true,
        };
        ("Utility", curve_svg(&chart))
    })
}

fn neighbours(memory: &MemoryPage) -> String {
    let mut rows = String::new();
    for item in &memory.shown {
        let near: Vec<String> = item
            .neighbours
            .iter()
            .map(|near| {
                format!(
                    "{} <small>{} · {:.2}</small>",
                    escape(&near.prompt),
                    escape(&near.task),
                    near.relevance
                )
            })
            .collect();
        let mark = if item.failed {
            " <span class=\"chip below\">failed</span>"
        } else {
            ""
        };
        let project = if item.project.is_empty() {
            String::new()
        } else {
            format!(" · {}", escape(&item.project))
        };
        let utility = if item.uses > 0 {
            format!("{:+.3}", item.utility).replace('-', "\u{2212}")
        } else {
            "–".to_owned()
        };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}{mark}<br><small>{}{project}</small><br><code>{}</code></th>\
             <td class=\"n\">{}</td><td class=\"n\">{utility}</td><td>{}</td></tr>",
            escape(&item.prompt),
            escape(&item.task),
            escape(&item.program),
            item.uses,
            near.join("<br>")
        );
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<h3>Items, those shown most first, and what lies near them</h3>\n\
         <div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">Item</th><th scope=\"col\" class=\"n\">shown</th>\
         <th scope=\"col\" class=\"n\">utility</th><th scope=\"col\">neighbours</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}
