//! The steps from a text to a module.

use falcon_sdk_compiler::{Content, Diagnostic, Done, Failure, File, Severity, Step, run};

use crate::{
    diagnostics::{self, Names},
    wide,
};

/// The one tool: clang and lld in one program, which goes by the name that it is called by.
const TOOL: &str = "llvm";

/// How a unit is compiled.
pub(crate) struct Unit<'a> {
    /// The language as the compiler calls it.
    pub(crate) language: &'a str,
    pub(crate) standard: &'a str,
    /// Whether it is the test side's.
    pub(crate) tests: bool,
    /// Our own headers, which come before all others.
    pub(crate) own: &'a [&'a str],
    /// The headers that its text begins with.
    pub(crate) headers: Vec<&'a str>,
    pub(crate) text: String,
    /// Whether its sizes are those of the C unit that it is linked with.
    pub(crate) carries: bool,
    /// What its generated lines name.
    pub(crate) names: Names<'a>,
}

/// Checks of what C and C++ leave undefined and native machines trap: each ends the program and says where.
const CHECKS: &str = "null,integer-divide-by-zero,return,unreachable,array-bounds,vla-bound";

const FLAGS: &[&str] = &[
    "-triple",
    "wasm32-unknown-wasip1",
    "-disable-free",
    "-clear-ast-before-backend",
    "-mrelocation-model",
    "static",
    "-mframe-pointer=none",
    "-mconstructor-aliases",
    "-target-cpu",
    "generic",
    "-target-feature",
    "+exception-handling",
    "-target-feature",
    "+multivalue",
    "-target-feature",
    "+reference-types",
    "-target-feature",
    "+bulk-memory",
    "-target-feature",
    "+nontrapping-fptoint",
    "-target-feature",
    "+sign-ext",
    "-target-feature",
    "+mutable-globals",
    "-mllvm",
    "-wasm-enable-eh",
    "-mllvm",
    "-wasm-enable-sjlj",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
    "-exception-model=wasm",
    "-fvisibility=hidden",
    "-fgnuc-version=4.2.1",
    "-fno-strict-return",
    "-fno-finite-loops",
    "-ferror-limit",
    "20",
    "-fno-caret-diagnostics",
    "-fdiagnostics-show-category",
    "name",
    "-ftemplate-backtrace-limit=3",
    "-fmacro-backtrace-limit=1",
    "-D_WASI_EMULATED_SIGNAL",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
    "-D_WASI_EMULATED_GETPID",
    "-D_WASI_EMULATED_MMAN",
    "-O1",
];
const CXX_FLAGS: &[&str] = &[
    "-fdeprecated-macro",
    "-fcxx-exceptions",
    "-D_LIBCPP_ENABLE_CXX17_REMOVED_FEATURES",
];

const LINK: &[&str] = &[
    "wasm-ld",
    "-m",
    "wasm32",
    "--strip-all",
    "-z",
    "stack-size=8388608",
    "--stack-first",
    "--export=__stack_pointer",
    "-L/lib",
];
const LIBRARIES: &[&str] = &[
    "-lc++",
    "-lsetjmp",
    "-lwasi-emulated-signal",
    "-lwasi-emulated-process-clocks",
    "-lwasi-emulated-getpid",
    "-lwasi-emulated-mman",
    "-lc",
    "/lib/libclang_rt.builtins.a",
];

impl Unit<'_> {
    /// Compiles to an object, with sizes of 64 bits where it can be.
    pub(crate) fn object(&self) -> Result<u32, Failure> {
        let made = |text: &str| {
            let done = self.act(text, "-emit-obj", "/unit.o", &["-w"])?;
            match done.output {
                Some(object) if done.exit_code == 0 => Ok(object),
                _ => Err(self.failed(&done)),
            }
        };
        match self.wide().map(|wide| made(&wide)) {
            // What is wrong with it is told of the text as it stands.
            None | Some(Err(Failure::Source(_) | Failure::Missing(_))) => made(&self.text),
            Some(done) => done,
        }
    }

    /// Only looks for what is wrong.
    pub(crate) fn check(&self) -> Vec<Diagnostic> {
        let look = |text: &str| match self.act(text, "-fsyntax-only", "", &[]) {
            Ok(done) => diagnostics::read(&done.messages, &self.names).found,
            Err(Failure::Source(found)) => found,
            Err(Failure::Missing(why) | Failure::Pack(why)) => vec![fault("compiler", why)],
        };
        let fails = |found: &[Diagnostic]| found.iter().any(|one| one.severity == Severity::Error);
        let found = look(&self.text);
        if fails(&found)
            && let Some(wide) = self.wide()
        {
            let other = look(&wide);
            if !fails(&other) {
                return other;
            }
        }
        found
    }

    fn wide(&self) -> Option<String> {
        let cxx = self.language == "c++" && !self.carries;
        let wide = cxx.then(|| wide::widened(&self.text)).flatten()?;
        Some(format!("{}#line 1 \"program\"\n{wide}", wide::DEFINITIONS))
    }

    /// What the unit declares by names with this one in them, as the compiler prints it.
    pub(crate) fn declarations(&self, name: &str) -> Result<String, Failure> {
        let done = self.act(
            &self.text,
            "-ast-dump",
            "",
            &["-w", &format!("-ast-dump-filter={name}")],
        )?;
        if done.exit_code != 0 {
            return Err(self.failed(&done));
        }
        Ok(done.printed)
    }

    fn failed(&self, done: &Done) -> Failure {
        let told = diagnostics::read(&done.messages, &self.names);
        if let Some(missing) = told.missing {
            return Failure::Missing(missing);
        }
        if told.found.iter().any(|one| one.severity == Severity::Error) {
            return Failure::Source(told.found);
        }
        let said = done.messages.lines().next().unwrap_or("it said nothing");
        Failure::Source(vec![fault(
            "compiler",
            format!("the compiler failed: {said}"),
        )])
    }

    fn act(&self, text: &str, action: &str, output: &str, more: &[&str]) -> Result<Done, Failure> {
        let mut arguments = self.arguments(action);
        arguments.extend(more.iter().map(|&one| one.to_owned()));
        let mut files = vec![File {
            path: "/program".to_owned(),
            content: Content::Bytes(text.as_bytes().to_vec()),
        }];
        if let Some(header) = self.precompiled()? {
            arguments.extend(["-include-pch", "/preamble.pch"].map(str::to_owned));
            files.push(File {
                path: "/preamble.pch".to_owned(),
                content: Content::Made(header),
            });
            files.push(self.preamble());
        }
        arguments.extend(["-x", self.language].map(str::to_owned));
        if !output.is_empty() {
            arguments.extend(["-o", output].map(str::to_owned));
        }
        arguments.push("program".to_owned());
        tool(step(arguments, files, output, false))
    }

    /// The headers that the unit begins with, compiled; none where they do not compile, which the unit then tells.
    fn precompiled(&self) -> Result<Option<u32>, Failure> {
        let Some(step) = self.preparation() else {
            return Ok(None);
        };
        let done = tool(step)?;
        Ok(done.output.filter(|_| done.exit_code == 0))
    }

    /// The step that compiles them.
    pub(crate) fn preparation(&self) -> Option<Step> {
        if self.own.is_empty() && self.headers.is_empty() {
            return None;
        }
        let mut arguments = self.arguments("-emit-pch");
        let header = format!("{}-header", self.language);
        arguments.extend(
            ["-w", "-x", &header, "-o", "/preamble.pch", "preamble.hpp"].map(str::to_owned),
        );
        Some(step(
            arguments,
            vec![self.preamble()],
            "/preamble.pch",
            true,
        ))
    }

    fn preamble(&self) -> File {
        let all = self.own.iter().chain(&self.headers);
        let text: String = all.map(|header| format!("#include <{header}>\n")).collect();
        File {
            path: "/preamble.hpp".to_owned(),
            content: Content::Bytes(text.into_bytes()),
        }
    }

    fn arguments(&self, action: &str) -> Vec<String> {
        let cxx = self.language == "c++";
        let mut all: Vec<String> = ["clang", "-cc1", action].map(str::to_owned).to_vec();
        let mut add = |some: &[&str]| all.extend(some.iter().map(|&one| one.to_owned()));
        add(FLAGS);
        add(&["-main-file-name", "program", "-fexceptions"]);
        if self.tests {
            add(&["-internal-isystem", "/include/tests"]);
        } else {
            let ends = format!("-fno-sanitize-recover={CHECKS}");
            add(&[&format!("-fsanitize={CHECKS}"), &ends]);
        }
        add(&["-internal-isystem", "/include/own"]);
        if cxx {
            add(CXX_FLAGS);
            add(&["-internal-isystem", "/include/cxx"]);
        }
        add(&[
            "-internal-isystem",
            "/include/clang",
            "-internal-isystem",
            "/include/libc",
        ]);
        add(&[&format!("-std={}", self.standard)]);
        all
    }
}

/// Links objects with the start of a role.
pub(crate) fn link(role: &str, objects: &[u32]) -> Result<u32, Failure> {
    let mut arguments: Vec<String> = LINK.iter().map(|&one| one.to_owned()).collect();
    if role != "program" {
        arguments.push("--no-entry".to_owned());
    }
    arguments.push(format!("/lib/start_{role}.o"));
    let mut files = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        let path = format!("/{number}.o");
        arguments.push(path.clone());
        files.push(File {
            path,
            content: Content::Made(*object),
        });
    }
    arguments.extend(LIBRARIES.iter().map(|&one| one.to_owned()));
    arguments.extend(["-o", "/module.wasm"].map(str::to_owned));
    let done = tool(step(arguments, files, "/module.wasm", false))?;
    match done.output {
        Some(module) if done.exit_code == 0 => Ok(module),
        _ => Err(Failure::Source(diagnostics::of_linker(&done.messages))),
    }
}

fn step(arguments: Vec<String>, files: Vec<File>, output: &str, keep: bool) -> Step {
    Step {
        tool: TOOL.to_owned(),
        arguments,
        files,
        output: output.to_owned(),
        keep,
    }
}

/// Runs the tool. Its own end before it was done is the source's fault, unless time ended it.
fn tool(step: Step) -> Result<Done, Failure> {
    run(&step).map_err(|(verdict, why)| match verdict {
        falcon_sdk_compiler::Verdict::Infrastructure => {
            Failure::Pack(format!("the compiler: {why}"))
        }
        _ => Failure::Source(vec![fault(
            "compiler",
            format!("the compiler did not get to its end: {why}"),
        )]),
    })
}

/// An error without a place.
pub(crate) fn fault(class: &str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        class: class.to_owned(),
        message,
        line: 0,
        column: 0,
    }
}
