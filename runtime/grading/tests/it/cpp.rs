//! The C++ pack: each attack refused and why, each honest twin accepted, what is prepared for other processes, a
//! public benchmark.

use std::sync::OnceLock;

use falcon_episode::{Cancel, Compare, Stdio, Tests, Verdict};
use falcon_grading::{Language, execute};
use falcon_host::language::Limits;

use crate::{
    corpus::{CPP, add_calls},
    held::{first_failure, is_held, run},
    support::{multipl_e, plugin, small},
};

fn cpp() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| Language::of(&plugin("falcon-cpp.wasm")).unwrap())
}

/// A unit of a compiled program counts for sixteen.
fn limits() -> Limits {
    Limits {
        fuel: 80_000_000_000,
        ..small()
    }
}

#[test]
fn every_attack_is_refused_and_why_and_honest_twins_pass() {
    is_held(cpp(), &CPP);
}

#[test]
fn the_same_program_uses_the_same_fuel() {
    let source = "int add(int a, int b) { return a + b; }\n";
    let fuel = |tests| run(cpp(), source, tests, &limits()).fuel;
    assert_eq!(fuel(add_calls()), fuel(add_calls()));
    assert_eq!(fuel(CPP.harness()), fuel(CPP.harness()));
}

/// A loop that has the engine work ends by its fuel and not by the clock: such a step costs more than the
/// instructions around it.
#[test]
fn what_has_the_engine_work_costs_more_fuel() {
    for (what, step) in [
        ("longjmp", "if (setjmp(there) == 0) std::longjmp(there, 1);"),
        ("throw", "try { throw n; } catch (int) {}"),
        ("memory.grow", "__builtin_wasm_memory_grow(0, 0);"),
    ] {
        let fuel = |times: u32| {
            let source = format!(
                "#include <csetjmp>\nstd::jmp_buf there;\nint add(int a, int b) {{\n    \
                 for (volatile int n = 0; n < {times}; n = n + 1) {{ {step} }}\n    return a + b;\n}}\n"
            );
            let done = run(cpp(), &source, add_calls(), &limits());
            assert_eq!(done.verdict, Verdict::Passed, "{what}: {:?}", done.tests);
            done.fuel
        };
        // Three calls.
        let each = (fuel(2000) - fuel(1000)) / 3000;
        assert!(each > 16 * 255, "a {what} costs {each} units");
    }
}

/// What the pack itself has no memory for is the program's fault, as it is where the compiler has none.
#[test]
fn a_program_that_is_too_large_does_not_compile() {
    let source = format!("int main() {{ return 0; }}{}", " ".repeat(100 << 20));
    let done = cpp()
        .pack
        .run_program(&source, &[], b"", &limits())
        .unwrap();
    assert_eq!(done.verdict, Verdict::CompileError);
    let said = done.message;
    assert!(said.contains("than the compiler has memory for"), "{said}");
}

/// The headers of both sides, each named by what it depends on and not by the program.
#[test]
fn what_is_prepared_depends_on_headers_alone() {
    let keys = |source: &str, tests: Option<&Tests>| -> Vec<_> {
        let prepared = cpp().pack.prepare(source, tests, &Cancel::never()).unwrap();
        prepared.iter().map(|one| one.key()).collect()
    };
    let one = "#include <cstdio>\nint add(int a, int b) { return a + b; }\n";
    let other = "// another\n#include <cstdio>\nint add(int, int) { return 1; }\n";
    let tests = CPP.harness();
    let of_one = keys(one, Some(&tests));
    assert_eq!(of_one.len(), 2);
    assert_eq!(of_one, keys(other, Some(&tests)));
    assert_eq!(of_one[..1], keys(one, None));
    assert_ne!(of_one[..1], keys("int add(int, int);", None));
    // What is no header of the pack's own comes to nothing, and so does what is more than a name.
    for source in ["#include </etc/passwd>\n", "#include <nothing>\n"] {
        assert!(keys(source, None).is_empty(), "{source}");
    }
}

/// What C++ programs take for granted of the machines that they are written for.
#[test]
fn long_has_64_bits_and_formats_fit_their_arguments() {
    let program = r#"
#include <climits>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
long twice(long n) { return n * 2L; }
int main() {
    std::vector<long> v{1L << 40, LONG_MAX};
    unsigned long hash = 1;
    for (char c : std::string("hash")) hash = hash * 1000003UL + c;
    int64_t big = 5000000000;
    printf("%ld %ld %lu %zu %d\n", twice(v[0]), v[1], hash, v.size(), 7);
    printf("%lu|%5ld|%-5d|%*ld|%hhd|%s|%c|%.2f|%%|%x\n", v.size(), big, 3, 4, 2L, 300, "text", 'c', 1.5, 255);
    long read = 0; int small = 0; char word[8] = ""; double real = 0; size_t count = 0;
    int got = sscanf("9000000000 12 abc 2.5 77", "%ld %d %7[a-z] %lf %zu", &read, &small, word, &real, &count);
    printf("%d %ld %d %s %.1f %lu\n", got, read, small, word, real, count);
    printf("plain\n");
    return std::stol("3000000000") == 3000000000L ? 0 : 1;
}
"#;
    let expected = "2199023255552 9223372036854775807 13798396949556811263 2 7\n\
                    2|5000000000|3    |   2|44|text|c|1.50|%|ff\n5 9000000000 12 abc 2.5 77\nplain\n";
    let hash = "hash"
        .bytes()
        .fold(1_u64, |hash, c| {
            hash.wrapping_mul(1_000_003).wrapping_add(u64::from(c))
        })
        .to_string();
    let expected = expected.replace("13798396949556811263", &hash);
    let tests = Tests::Stdio(vec![Stdio {
        input: String::new(),
        expected: expected.clone(),
        compare: Compare::Text,
    }]);
    let done = run(cpp(), program, tests, &limits());
    assert_eq!(done.verdict, Verdict::Passed, "{:?}", done.tests);
}

/// Of the solutions in MultiPL-E's file those that say most: texts, lists, tuples and `std::any` cross, numbers are past 2^31
/// in `long`, answers are wrong, end nowhere, use a header that is not there. All 161 take minutes to compile:
/// `falcon grade` does them, and docs/compiled-languages.md has what came of it.
const SOLUTIONS: [(u32, Verdict); 10] = [
    (0, Verdict::Passed),
    (8, Verdict::Passed),
    (22, Verdict::Passed),
    (83, Verdict::Failed),
    (91, Verdict::OutOfFuel),
    (114, Verdict::Passed),
    (136, Verdict::Passed),
    (139, Verdict::Passed),
    (160, Verdict::Passed),
    (162, Verdict::CompileError),
];

#[test]
fn solutions_come_to_what_they_come_to_natively() {
    let Some(tasks) = multipl_e("cpp") else {
        return;
    };
    for (number, wanted) in SOLUTIONS {
        let id = format!("HumanEval_{number}_");
        let (task, solution) = tasks
            .iter()
            .find(|(task, _)| task.id.starts_with(&id))
            .unwrap();
        let submission = task.submission(solution);
        let limits = Limits {
            fuel: 20_000_000_000,
            ..Limits::default()
        };
        let done = execute(&cpp().pack, &submission, &limits).unwrap();
        let said = first_failure(&done);
        assert_eq!(done.verdict, wanted, "{}: {said}", task.id);
    }
}
