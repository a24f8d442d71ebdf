use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{
    chart::{Decades, at},
    html::escape,
};

/// What was measured of long-term memory holding so many items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemorySize {
    /// Items held.
    pub items: u64,
    /// Items stored a second, commits of the table included.
    pub inserts_per_second: f64,
    /// Seconds of one maintenance at the end: compaction, and lists where there are any.
    pub maintenance_s: f64,
    /// Bytes in the folder after it.
    pub disk_bytes: u64,
    /// Files in the folder after it.
    pub files: u64,
    /// Most memory that the process had while it stored the items, in bytes.
    pub peak_bytes: u64,
    /// Most memory that it had while it searched them, in bytes.
    #[serde(default)]
    pub peak_searching_bytes: u64,
    /// Seconds of opening the folder again for writing, its indices made anew; the system still has its files in memory.
    #[serde(default)]
    pub reopening_s: f64,
    /// Share of the exact ten nearest that the vector search finds.
    pub recall: f64,
    /// Small writes a second that went on while searches were measured.
    pub writes_per_second: f64,
    /// One line for a search, a way of searching and a number of queries at once.
    pub searches: Vec<MemorySearch>,
    /// The same of faiss on the same vectors, in turn with ours; empty where it was not run.
    pub faiss: Vec<MemorySearch>,
}

/// How long one search takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemorySearch {
    /// What is searched: `vector`, `vector, exact`, `text`, `hybrid`, `faiss flat`, `faiss IVF`.
    pub what: String,
    /// Queries at once.
    pub queries: u64,
    /// Times it was done.
    pub rounds: u64,
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Share of the exact ten nearest that it finds, where that was measured.
    pub recall: Option<f64>,
}

const WIDTH: f64 = 960.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const LEFT: [f64; 2] = [230.0, 800.0];

/// The measurement as one SVG with its own style: for each number of items, median and 99th percentile
/// of each search on a logarithmic axis.
#[must_use]
pub fn memory_picture(sizes: &[MemorySize], subtitle: &str) -> String {
    let all: Vec<&MemorySearch> = sizes.iter().flat_map(searches).collect();
    let rows = all.len() + sizes.len();
    let bottom = 62.0 + ROW * rows as f64;
    let height = bottom + 56.0;
    let ranges = all.iter().map(|one| (one.p50_ms, one.p99_ms));
    let axis = Decades::holding(ranges, LEFT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {h}\" role=\"img\" aria-label=\"Searches in long-term memory\">\n\
         <style>\n{}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{h}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"24\" y=\"34\">Time of a search, milliseconds (p50, p99)</text>\n",
        include_str!("picture.css"),
        h = at(height),
    );
    out += &axis.grid(50.0, bottom);
    let mut y = 62.0;
    for size in sizes {
        let _ = writeln!(
            out,
            "<text class=\"title\" x=\"24\" y=\"{}\">{} items, recall {:.3}</text>",
            at(y + 12.0),
            size.items,
            size.recall
        );
        y += ROW;
        for search in searches(size) {
            out += &row(search, &axis, y);
            y += ROW;
        }
    }
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"24\" y=\"{}\">{}</text>",
        at(height - 14.0),
        escape(subtitle)
    );
    out + "</svg>\n"
}

fn searches(size: &MemorySize) -> impl Iterator<Item = &MemorySearch> {
    size.searches.iter().chain(&size.faiss)
}

fn row(search: &MemorySearch, axis: &Decades, y: f64) -> String {
    let class = if search.what.starts_with("faiss") {
        "c3"
    } else {
        "c1"
    };
    let (middle, high) = (axis.at(search.p50_ms), axis.at(search.p99_ms));
    format!(
        "<text x=\"32\" y=\"{b}\">{what}, {queries} at once</text>\
         <g class=\"{class}\"><rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{BAR}\" rx=\"2\"/></g>\
         <path class=\"whisker\" d=\"M{m} {c}H{h}M{h} {a}v6\"/><text class=\"tick\" x=\"{t}\" y=\"{b}\">{p50:.2}</text>\n",
        b = at(y + 11.0),
        what = escape(&search.what),
        queries = search.queries,
        x = at(LEFT[0]),
        y = at(y),
        w = at(middle - LEFT[0]),
        m = at(middle),
        h = at(high),
        c = at(y + BAR / 2.0),
        a = at(y + BAR / 2.0 - 3.0),
        t = at(high + 6.0),
        p50 = search.p50_ms,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_has_a_bar_and_names_are_escaped() {
        let search = |what: &str, p50_ms| MemorySearch {
            what: what.to_owned(),
            queries: 128,
            rounds: 3,
            p50_ms,
            p99_ms: 3.0 * p50_ms,
            recall: None,
        };
        let sizes = [MemorySize {
            items: 1000,
            recall: 0.987,
            searches: vec![search("a <b>", 0.5), search("text", 2.0)],
            faiss: vec![search("faiss flat", 40.0)],
            ..MemorySize::default()
        }];
        let drawn = memory_picture(&sizes, "a <machine>");
        assert_eq!(drawn.matches("class=\"bar\"").count(), 3);
        assert!(drawn.contains("1000 items, recall 0.987") && drawn.contains("a &lt;b&gt;, 128"));
        assert!(!drawn.contains("<b>") && !drawn.contains("<machine>"));
        // Decades from 0.1 to 1000.
        assert_eq!(drawn.matches("class=\"grid\"").count(), 5);
    }
}
