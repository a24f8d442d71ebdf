//! Programs that have the engine walk over their stack pay for it in fuel, so much that it is used up long before the clock
//! ends them: how long before is for a quiet machine to tell.

use std::time::Instant;

use falcon_episode::Verdict;
use falcon_grading::Language;
use falcon_host::language::{LanguagePack, Limits};

use crate::support::{plugin, small};

/// What a unit of fuel counts in a compiled program (docs/compiled-languages.md).
const WEIGHT: u64 = 16;

/// What a throw costs by itself, in instructions.
const THROW: u64 = 255;

/// What a `try_table` costs around a call that a throw walks over.
const HANDLER: u64 = 32;

/// The most that a unit of fuel may take, in nanoseconds: the clock ends a program after twenty minutes, and it has 100 G units.
const A_UNIT: f64 = 12.0;

/// A program that does this as often as its argument says. The counters are volatile for `setjmp`, which may come back to them.
fn repeated(what: &str) -> String {
    format!(
        "#include <cstdlib>\n\
         int main(int, char **v) {{ for (volatile long long i = 0, n = std::atoll(v[1]); i < n; i = i + 1) {what} }}\n"
    )
}

/// Throws through so many frames of one function.
fn one_function(depth: u64) -> String {
    "__attribute__((noinline)) int deep(volatile int n) { if (n == 0) throw 1; return deep(n - 1) + n; }\n"
        .to_owned()
        + &repeated(&format!("try {{ deep({depth}); }} catch (int) {{}}"))
}

/// Throws through a frame of each of so many functions, which cost nothing but their calls.
fn a_chain(length: u64) -> String {
    let mut program = "__attribute__((noinline)) void f0() { throw 1; }\n".to_owned();
    for number in 1..length {
        let before = number - 1;
        program += &format!(
            "__attribute__((noinline)) void f{number}() {{ f{before}(); asm volatile(\"\"); }}\n"
        );
    }
    let last = length - 1;
    program + &repeated(&format!("try {{ f{last}(); }} catch (int) {{}}"))
}

/// Throws through frames that have a handler each, of another kind.
fn past_handlers(depth: u64) -> String {
    "#include <csetjmp>\n\
     std::jmp_buf other;\n\
     __attribute__((noinline)) int deep(volatile int n) {\n    \
         if (n == 0) throw 1;\n    \
         if (setjmp(other)) return 0;\n    \
         return deep(n - 1) + n;\n}\n"
        .to_owned()
        + &repeated(&format!("try {{ deep({depth}); }} catch (int) {{}}"))
}

/// Jumps out of so many frames.
fn jumps(depth: u64) -> String {
    "#include <csetjmp>\n\
     std::jmp_buf back;\n\
     __attribute__((noinline)) int deep(volatile int n) { if (n == 0) std::longjmp(back, 1); return deep(n - 1) + n; }\n"
        .to_owned()
        + &repeated(&format!("if (!setjmp(back)) deep({depth});"))
}

/// More throws than fuel buys.
const FOREVER: u64 = u64::MAX >> 1;

/// A program that throws through so many frames.
type Program = fn(u64) -> String;

/// What is thrown through, how deep, and what each frame costs at least, in instructions: its call, and its handler.
const PROGRAMS: [(&str, Program, u64, u64); 7] = [
    ("a throw", one_function, 1, 3),
    ("a throw through 100 frames", one_function, 100, 3),
    ("a throw through 50 000 frames", one_function, 50_000, 3),
    ("a throw through 2000 functions", a_chain, 2000, 3),
    ("a throw past 1000 handlers", past_handlers, 1000, HANDLER),
    ("a jump", jumps, 1, 3),
    ("a jump out of 1000 frames", jumps, 1000, 3),
];

/// Throws so many times with so much fuel: how that ends, and the fuel that it used.
fn run(pack: &LanguagePack, program: &str, times: u64, fuel: u64) -> (Verdict, u64) {
    let limits = Limits { fuel, ..small() };
    let done = pack.run_program(program, &[times.to_string()], b"", &limits);
    let done = done.unwrap();
    let ends = [Verdict::Passed, Verdict::OutOfFuel];
    assert!(ends.contains(&done.verdict), "{}", done.message);
    (done.verdict, done.fuel)
}

#[test]
fn throws_are_paid_for() {
    let cpp = Language::of(&plugin("falcon-cpp.wasm")).unwrap();
    for (what, program, depth, a_frame) in PROGRAMS {
        let program = program(depth);
        let used = |times| {
            let (verdict, fuel) = run(&cpp.pack, &program, times, small().fuel);
            assert_eq!(verdict, Verdict::Passed, "{what}");
            fuel
        };
        let paid = used(3) - used(2);
        let least = WEIGHT * (THROW + a_frame * depth);
        assert!(paid >= least, "{what}: {paid} units paid, not {least}");
        let (verdict, _) = run(&cpp.pack, &program, FOREVER, 40 * least);
        assert_eq!(verdict, Verdict::OutOfFuel, "{what}");
    }
}

/// What prices are set by: a figure of the machine, which others' work on it would spoil.
#[test]
#[ignore = "a timing, for a quiet machine"]
#[allow(clippy::print_stderr, reason = "the figure that prices are set by")]
fn a_unit_of_fuel_is_short() {
    const FUEL: u32 = 200_000_000;
    let cpp = Language::of(&plugin("falcon-cpp.wasm")).unwrap();
    let far: (_, Program, _, _) = ("a throw through 10 000 functions", a_chain, 10_000, 3);
    for (what, program, depth, _) in PROGRAMS.into_iter().chain([far]) {
        let program = program(depth);
        let timed = |fuel: u32| {
            let since = Instant::now();
            let (verdict, _) = run(&cpp.pack, &program, FOREVER, fuel.into());
            assert_eq!(verdict, Verdict::OutOfFuel, "{what}");
            since.elapsed().as_secs_f64()
        };
        // Once for the compiler.
        timed(1);
        let short = timed(FUEL);
        let each = (timed(3 * FUEL) - short) * 1e9 / f64::from(2 * FUEL);
        eprintln!("{what}, in a loop: {each:.2} ns a unit");
        assert!(each < A_UNIT, "{what}: {each:.2} ns a unit");
    }
}
