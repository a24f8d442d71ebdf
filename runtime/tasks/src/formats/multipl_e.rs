//! MultiPL-E (nuprl/MultiPL-E): HumanEval in other languages.

use falcon_episode::{Harness, Tests};
use serde::Deserialize;

use super::{Answer, Task, read};

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
    let row: Row = read::parse(line)?;
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
        language: dialect.pack.to_owned(),
        prefix: row.prompt.clone(),
        canonical: None,
        tests: Tests::Harness(harness),
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

/// The code of an answer in Markdown: its first fenced block; the whole where it has none.
pub(super) fn code(answer: &str) -> &str {
    let opened = answer.match_indices("```").find(|(at, _)| {
        let before = &answer[..*at];
        before.is_empty() || before.ends_with('\n')
    });
    let Some((at, fence)) = opened else {
        return answer;
    };
    let rest = &answer[at + fence.len()..];
    let Some(line) = rest.find('\n') else {
        return answer;
    };
    let block = &rest[line + 1..];
    let end = block
        .match_indices("```")
        .map(|(at, _)| at)
        .find(|at| *at == 0 || block[..*at].ends_with('\n'));
    &block[..end.unwrap_or(block.len())]
}

/// Whether the code has the function itself: begins it on a line of its own that is not indented.
pub(super) fn defines(code: &str, keyword: &str, name: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let begins = |line: &str| {
        line.match_indices(name).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + name.len()..]);
            let whole = !before.ends_with(part_of_a_name) && !after.starts_with(part_of_a_name);
            let after = after.trim_start();
            let called = after.starts_with('(');
            let set = after.starts_with('=') && !after.starts_with("==");
            whole
                && if keyword.is_empty() {
                    called && !before.is_empty() && !line.trim_end().ends_with(';')
                } else {
                    (called && before.ends_with(keyword)) || set
                }
        })
    };
    code.lines()
        .filter(|line| !line.starts_with([' ', '\t', '/', '-', '*', '#']))
        .any(begins)
}
