//! C++.

use falcon_sdk_compiler::{Diagnostic, Failure, Request, Role, Step};

use crate::{
    Dialect,
    compile::{Unit, fault, link},
    diagnostics::{GENERATED, Names},
    preamble::headers,
};

/// C++20 with GNU's extensions.
pub struct Cpp;

pub(crate) const CANDIDATE: &[&str] = &["falcon/candidate.hpp"];
pub(crate) const TESTS: &[&str] = &["falcon/tests.hpp"];

impl Dialect for Cpp {
    const NAME: &'static str = "cpp";
    const STANDARD: &'static str = "gnu++20";
    const EXTENSIONS: &'static [&'static str] = &["cpp", "cc", "cxx"];

    fn check(source: &str) -> Vec<Diagnostic> {
        of_source(source).check()
    }

    fn prepare(request: &Request) -> Vec<Step> {
        match request.role {
            Role::Program => of_source(&request.source),
            Role::Candidate => of_candidate(request),
            Role::Tests => of_tests(request),
        }
        .preparation()
        .into_iter()
        .collect()
    }

    fn program(request: &Request) -> Result<u32, Failure> {
        starts(&request.source)?;
        link("program", &[of_source(&request.source).object()?])
    }

    fn candidate(request: &Request) -> Result<u32, Failure> {
        link("candidate", &[of_candidate(request).object()?])
    }

    fn tests(request: &Request) -> Result<u32, Failure> {
        link("tests", &[of_tests(request).object()?])
    }
}

fn of_source(source: &str) -> Unit<'_> {
    unit([source], CANDIDATE, source.to_owned(), &[])
}

fn of_candidate(request: &Request) -> Unit<'_> {
    let texts = [given(request), &request.source];
    unit(texts, CANDIDATE, candidate(request), &request.names)
}

fn of_tests(request: &Request) -> Unit<'_> {
    let texts = [&request.shared, &request.reference, &request.source].map(String::as_str);
    unit(texts, TESTS, tests(request), &request.names)
}

/// What the task gives to both sides, where the program does not have it already, as completions of benchmarks do.
pub(crate) fn given(request: &Request) -> &str {
    if request.source.contains(request.shared.trim()) {
        ""
    } else {
        &request.shared
    }
}

fn unit<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    own: &'a [&'a str],
    text: String,
    names: &'a [String],
) -> Unit<'a> {
    Unit {
        language: "c++",
        standard: Cpp::STANDARD,
        tests: own == TESTS,
        own,
        headers: headers(texts),
        text,
        carries: false,
        names: Names { all: names },
    }
}

/// The program, and behind it a line for each of its functions that is called.
fn candidate(request: &Request) -> String {
    let lines: String = request
        .names
        .iter()
        .map(|name| format!("FALCON_FUNCTION({})\n", plain(name)))
        .collect();
    format!(
        "#line 1 \"shared\"\n{}\n#line 1 \"program\"\n{}\n#line 1 \"{GENERATED}\"\n{lines}",
        given(request),
        request.source
    )
}

/// The test program, and before it what makes the program's functions remote. Each `assert` counts one on; those of what
/// the task gives are none of its checks.
fn tests(request: &Request) -> String {
    let (reference, tests) = joined(&request.reference, &request.source);
    let names = || request.names.iter().map(|name| plain(name));
    let remote: String = names()
        .map(|name| format!("FALCON_REMOTE({name})\n"))
        .collect();
    let proxies: String = names()
        .map(|name| format!("#define {name} (::__falcon::remote<::__falcon::remote_{name}, ::__falcon::shape_{name}>::call)\n"))
        .collect();
    let start = match (request.entry.as_str(), names().next()) {
        ("", _) if starts_itself(tests) => "nullptr".to_owned(),
        ("", _) => "[] { return 0; }".to_owned(),
        (entry, name) => {
            format!(
                "[] {{ {}({}); return 0; }}",
                plain(entry),
                name.unwrap_or_default()
            )
        }
    };
    format!(
        "#line 1 \"shared\"\n{}\n#define main __falcon_reference_main\n#line 1 \"reference\"\n{reference}\n#undef main\n\
         #line 1 \"{GENERATED}\"\n{remote}{proxies}enum {{ __falcon_before = __COUNTER__ }};\n\
         #line 1 \"program\"\n{tests}\n#line 1 \"start\"\n\
         extern \"C\" int (*const __falcon_tests)() = {start};\n\
         extern \"C\" const int __falcon_asserts = __COUNTER__ - __falcon_before - 1;\n",
        request.shared
    )
}

/// A reference that ends with the open body of a function, as a prompt does, declares that function; the tests
/// then begin with the end of the body.
pub(crate) fn joined<'a>(reference: &str, tests: &'a str) -> (String, &'a str) {
    match reference.trim_end().strip_suffix('{') {
        Some(header) => (
            format!("{header};"),
            tests.trim_start().strip_prefix('}').unwrap_or(tests),
        ),
        None => (reference.to_owned(), tests),
    }
}

/// Whether a text defines `main`.
pub(crate) fn starts_itself(text: &str) -> bool {
    text.match_indices("main").any(|(at, word)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].trim_start();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && after.starts_with('(')
    })
}

/// A program without `main` would be linked with the C library's, which calls nothing.
pub(crate) fn starts(source: &str) -> Result<(), Failure> {
    if source.contains("main") {
        return Ok(());
    }
    let message = "nothing defines main".to_owned();
    Err(Failure::Source(vec![fault("undefined symbol", message)]))
}

/// A name that is one: what is no identifier would be text of its own.
pub(crate) fn plain(name: &str) -> &str {
    let sound = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if sound && !name.is_empty() {
        name
    } else {
        "__falcon_no_name"
    }
}
