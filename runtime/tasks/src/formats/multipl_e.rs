//! MultiPL-E (nuprl/MultiPL-E): HumanEval in other languages.

use falcon_episode::{Files, Harness, Tests};
use serde::Deserialize;

use super::{Answer, Format, Task};
use crate::json_line;

#[derive(Deserialize)]
struct Row {
    name: String,
    language: String,
    prompt: String,
    tests: String,
}

/// What differs from language to language.
struct Dialect {
    /// The language pack's name.
    pack: &'static str,
    /// What stands before the name of the function asked for, on the line that begins it.
    keyword: &'static str,
    /// Where a body's end belongs to the tests: what ends it.
    end: &'static str,
}

fn dialect(name: &str) -> Option<Dialect> {
    let of = |pack, keyword, end| Some(Dialect { pack, keyword, end });
    match name {
        "js" => of("javascript", "function ", ""),
        "lua" => of("lua", "function ", ""),
        "cpp" => of("cpp", "", "}"),
        _ => None,
    }
}

pub(super) fn task(line: &str) -> Result<Task, String> {
    let row: Row = json_line(line.as_bytes())?;
    let dialect = dialect(&row.language).ok_or_else(|| {
        format!(
            "task {} is in {:?}; there are: js, lua, cpp",
            row.name, row.language
        )
    })?;
    let header = header(&row.prompt, dialect.keyword)
        .ok_or_else(|| format!("the prompt of task {} does not end in a function", row.name))?;
    // The body's end, which a completion leaves out and a whole program has.
    let tests = row.tests.strip_prefix(dialect.end).unwrap_or(&row.tests);
    let given = &row.prompt[..header.at];
    let harness = Harness {
        tests: tests.to_owned(),
        shared: given.to_owned(),
        reference: row.prompt[header.at..].to_owned(),
        remote: vec![header.name.to_owned()],
        entry: String::new(),
    };
    let answer = Answer::EitherOf {
        given: given.to_owned(),
        name: header.name.to_owned(),
        keyword: dialect.keyword,
        end: dialect.end,
    };
    Ok(Task {
        id: row.name,
        line: 0,
        cheapest_fuel: None,
        split: Format::MultiplE.to_string(),
        language: dialect.pack.to_owned(),
        prefix: row.prompt.clone(),
        canonical: None,
        tests: Tests::Harness(harness),
        scoring: None,
        files: Files::default(),
        answer,
        prompt: row.prompt,
    })
}

/// The function that a prompt ends in.
struct Header<'a> {
    /// Its first byte in the prompt.
    at: usize,
    name: &'a str,
}

fn header<'a>(prompt: &'a str, keyword: &str) -> Option<Header<'a>> {
    let text = prompt.trim_end();
    let at = text.rfind('\n').map_or(0, |end| end + 1);
    let line = &text[at..];
    let rest = &line[line.find(keyword)? + keyword.len()..];
    let before = rest[..rest.find('(')?].trim_end();
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let name = &before[before.trim_end_matches(is_name).len()..];
    (!name.is_empty()).then_some(Header { at, name })
}

/// The code of an answer in Markdown: of its fenced blocks the first that is in no other language and
/// defines the function, else the first in no other language; the whole where it has none. A fence
/// that is never opened ends what goes on before it.
pub(super) fn code<'a>(answer: &'a str, keyword: &str, name: &str) -> &'a str {
    let blocks = blocks(answer);
    let suitable = || blocks.iter().filter(|block| !OTHER.contains(&block.tag));
    suitable()
        .find(|block| defines(block.text, keyword, name))
        .or_else(|| suitable().next())
        .or(blocks.first())
        .map_or(answer, |block| block.text)
}

/// What stands beside programs in answers.
const OTHER: [&str; 8] = [
    "bash",
    "console",
    "json",
    "output",
    "plaintext",
    "sh",
    "shell",
    "text",
];

struct Block<'a> {
    /// The language it says, in small letters where it is known here.
    tag: &'a str,
    text: &'a str,
}

fn blocks(answer: &str) -> Vec<Block<'_>> {
    let fences: Vec<usize> = answer
        .match_indices("```")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || answer[..*at].ends_with('\n'))
        .collect();
    let line_end = |at: usize| {
        answer[at..]
            .find('\n')
            .map_or(answer.len(), |end| at + end + 1)
    };
    let tag = |at: usize| answer[at + 3..line_end(at)].trim();
    if let [only] = fences[..]
        && tag(only).is_empty()
        && !answer[..only].trim().is_empty()
    {
        return vec![Block {
            tag: "",
            text: &answer[..only],
        }];
    }
    fences
        .chunks(2)
        .map(|pair| Block {
            tag: tag(pair[0]),
            text: &answer[line_end(pair[0])..pair.get(1).copied().unwrap_or(answer.len())],
        })
        .collect()
}

/// Whether the code has the function itself: begins it on a line that is indented no more than the
/// least indented one.
pub(super) fn defines(code: &str, keyword: &str, name: &str) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines = || code.lines().filter(|line| !line.trim().is_empty());
    let least = lines().map(depth).min().unwrap_or(0);
    let mut before = "";
    for line in lines().filter(|line| depth(line) == least) {
        let line = line.trim();
        let comment = line.starts_with(['/', '*', '#']) || line.starts_with("--");
        if !comment && begins(line, before, keyword, name) {
            return true;
        }
        before = line;
    }
    false
}

/// Whether a line begins the function, after this line before it.
fn begins(line: &str, previous: &str, keyword: &str, name: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], line[at + name.len()..].trim_start());
        let whole = !before.ends_with(part_of_a_name)
            && !before.ends_with('.')
            && !line[at + name.len()..].starts_with(part_of_a_name);
        let called = after.starts_with('(');
        let set = after.starts_with('=') && !after.starts_with("==");
        let before = before.trim_end();
        let a_type = |text: &str| text.ends_with(part_of_a_name) || text.ends_with(['>', '*', '&']);
        let begun = if keyword.is_empty() {
            let typed = a_type(before) || (before.is_empty() && a_type(previous));
            called && typed && !line.ends_with(';') && before != "return"
        } else {
            (called && before.ends_with(keyword.trim())) || set
        };
        whole && begun
    })
}
