//! C.
//!
//! C has no templates, so the functions' types are asked of the compiler, and a second unit in C++ carries the calls
//! over: it calls the C functions through pointers of those types.

use falcon_sdk_compiler::{Diagnostic, Failure, Request, Role, Step};

use crate::{
    Dialect,
    compile::{Unit, fault, link},
    cpp::{CANDIDATE, TESTS, given, joined, plain, starts, starts_itself},
    diagnostics::{GENERATED, Names},
    preamble::headers,
};

/// C17 with GNU's extensions.
pub struct C;

impl Dialect for C {
    const NAME: &'static str = "c";
    const STANDARD: &'static str = "gnu17";
    const EXTENSIONS: &'static [&'static str] = &["c"];

    fn check(source: &str) -> Vec<Diagnostic> {
        unit(source, source.to_owned(), false).check()
    }

    fn prepare(request: &Request) -> Vec<Step> {
        let carries = |own| carrier(String::new(), own, own == TESTS);
        match request.role {
            Role::Program => unit(&request.source, String::new(), false),
            Role::Candidate => carries(CANDIDATE),
            Role::Tests => carries(TESTS),
        }
        .preparation()
        .into_iter()
        .collect()
    }

    fn program(request: &Request) -> Result<u32, Failure> {
        starts(&request.source)?;
        let object = unit(&request.source, request.source.clone(), false).object()?;
        link("program", &[object])
    }

    fn candidate(request: &Request) -> Result<u32, Failure> {
        let text = both(request);
        let types = types(&unit(&text, text.clone(), false), &request.names)?;
        // Other units reach the functions by these, so that they may be `static`.
        let mut program = format!("{text}#line 1 \"{GENERATED}\"\n");
        let mut glue = String::new();
        for (name, kind) in &types {
            program += &format!("__typeof__({name}) *const __falcon_at_{name} = {name};\n");
            glue += &format!(
                "extern \"C\" {{ using __falcon_type_{name} = {}; extern __falcon_type_{name} *const __falcon_at_{name}; }}\n\
                 static ::__falcon::function __falcon_function_{name}(\"{name}\", \
                 &::__falcon::call_function<__falcon_type_{name} *const, &::__falcon_at_{name}>);\n",
                kind.text
            );
        }
        let object = unit(&text, program, false).object()?;
        let glue = carrier(glue, CANDIDATE, false).object()?;
        link("candidate", &[object, glue])
    }

    fn tests(request: &Request) -> Result<u32, Failure> {
        let (reference, tests) = joined(&request.reference, &request.source);
        let declared = format!(
            "#line 1 \"shared\"\n{}\n#line 1 \"reference\"\n{reference}\n",
            request.shared
        );
        let types = types(&unit(&declared, declared.clone(), true), &request.names)?;
        // Where the reference is a whole solution, its functions stand aside for the remote ones.
        let names: Vec<&str> = request.names.iter().map(|name| plain(name)).collect();
        let aside = |define: bool| -> String {
            let line = |name: &&str| {
                if define {
                    format!("#define {name} __falcon_reference_{name}\n")
                } else {
                    format!("#undef {name}\n")
                }
            };
            names.iter().chain(&["main"]).map(line).collect()
        };
        let externs: String = types
            .iter()
            .map(|(name, kind)| format!("extern {};\n", kind.declaring(name)))
            .collect();
        let start = match (request.entry.as_str(), names.first()) {
            ("", _) if starts_itself(tests) => "int (*const __falcon_tests)(void) = 0;".to_owned(),
            (entry, name) => {
                let call = if entry.is_empty() {
                    String::new()
                } else {
                    format!("{}({});", plain(entry), name.unwrap_or(&""))
                };
                format!(
                    "static int __falcon_start(void) {{ {call} return 0; }}\nint (*const __falcon_tests)(void) = __falcon_start;"
                )
            }
        };
        let text = format!(
            "#line 1 \"shared\"\n{}\n{}#line 1 \"reference\"\n{reference}\n{}#line 1 \"{GENERATED}\"\n{externs}enum {{ __falcon_before = __COUNTER__ }};\n\
             #line 1 \"program\"\n{tests}\n#line 1 \"start\"\n{start}\nconst int __falcon_asserts = __COUNTER__ - __falcon_before - 1;\n",
            request.shared,
            aside(true),
            aside(false)
        );
        let object = unit(&text, text.clone(), true).object()?;
        let glue = carrier(
            types.iter().map(|(name, kind)| kind.remote(name)).collect(),
            TESTS,
            true,
        )
        .object()?;
        link("tests", &[object, glue])
    }
}

/// The text of the candidate side.
fn both(request: &Request) -> String {
    format!(
        "#line 1 \"shared\"\n{}\n#line 1 \"program\"\n{}\n",
        given(request),
        request.source
    )
}

fn unit<'a>(preamble: &'a str, text: String, tests: bool) -> Unit<'a> {
    Unit {
        language: "c",
        standard: C::STANDARD,
        tests,
        own: &[],
        headers: headers([preamble]),
        text,
        carries: false,
        names: Names::default(),
    }
}

/// What functions' types may be named by that needs a header.
const TYPES: &str = "#include <stddef.h>\n#include <stdint.h>\n";

/// The unit in C++ that carries the calls.
fn carrier(text: String, own: &'static [&'static str], tests: bool) -> Unit<'static> {
    Unit {
        language: "c++",
        standard: "gnu++20",
        tests,
        own,
        headers: Vec::new(),
        text: format!("{TYPES}{text}"),
        carries: true,
        names: Names::default(),
    }
}

/// A function's type, as the compiler writes it: `int (const int *, int)`.
struct Kind {
    text: String,
    result: String,
    parameters: Vec<String>,
}

impl Kind {
    fn parse(text: &str) -> Option<Self> {
        let open = text.rfind('(')?;
        let inside = text[open + 1..].strip_suffix(')')?;
        let parameters: Vec<String> = inside.split(',').map(|one| one.trim().to_owned()).collect();
        let none = parameters.len() == 1 && (parameters[0].is_empty() || parameters[0] == "void");
        let parameters = if none { Vec::new() } else { parameters };
        let plain = |kind: &String| {
            !kind.contains(['(', '[', '.']) && !kind.contains("struct ") && !kind.contains("union ")
        };
        let result = text[..open].trim().to_owned();
        if !plain(&result) || !parameters.iter().all(plain) {
            return None;
        }
        let shown = |kind: &str| {
            kind.replace("_Bool", "bool")
                .replace("restrict", "__restrict")
        };
        let parameters: Vec<String> = parameters.iter().map(|one| shown(one)).collect();
        let result = shown(&result);
        let text = format!("{result} ({})", parameters.join(", "));
        Some(Self {
            text,
            result,
            parameters,
        })
    }

    fn numbered(&self) -> String {
        let named = |(number, kind): (usize, &String)| format!("{kind} a{number}");
        let all: Vec<String> = self.parameters.iter().enumerate().map(named).collect();
        all.join(", ")
    }

    /// A declaration in C.
    fn declaring(&self, name: &str) -> String {
        let parameters = if self.parameters.is_empty() {
            "void".to_owned()
        } else {
            self.numbered()
        };
        format!("{} {name}({parameters})", self.result).replace("bool", "_Bool")
    }

    /// A definition in C++ that has the function called on the candidate side.
    fn remote(&self, name: &str) -> String {
        let passed: Vec<String> = (0..self.parameters.len())
            .map(|number| format!("a{number}"))
            .collect();
        format!(
            "namespace __falcon {{ struct remote_{name} {{ static constexpr const char* text = \"{name}\"; }}; }}\n\
             extern \"C\" {} {name}({}) {{\n    return ::__falcon::remote<::__falcon::remote_{name}, {} (*)({})>::call({});\n}}\n",
            self.result,
            self.numbered(),
            self.result,
            self.parameters.join(", "),
            passed.join(", ")
        )
    }
}

/// The types of the functions, as the compiler knows them.
fn types(unit: &Unit<'_>, names: &[String]) -> Result<Vec<(String, Kind)>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let name = plain(name);
        let said = unit.declarations(name)?;
        let mark = format!(" {name} '");
        let line = said
            .lines()
            .filter(|line| line.contains("FunctionDecl"))
            .find_map(|line| line.split_once(&mark));
        let Some((_, rest)) = line else {
            return Err(Failure::Missing(name.to_owned()));
        };
        // Where a type has another name behind a colon, that is the one without aliases.
        let rest = rest
            .split_once("':'")
            .map_or(rest, |(_, canonical)| canonical);
        let kind = rest.split('\'').next().unwrap_or_default();
        let parsed = Kind::parse(kind).ok_or_else(|| {
            Failure::Source(vec![fault(
                "not plain data",
                format!(
                    "{name} is `{kind}`, and of C only numbers, texts and pointers to them cross"
                ),
            )])
        })?;
        found.push((name.to_owned(), parsed));
    }
    Ok(found)
}
