//! Programs that have the engine walk over their stack end by their fuel, long before the clock.

use std::time::{Duration, Instant};

use falcon_episode::Verdict;
use falcon_grading::Language;
use falcon_host::language::Limits;

use crate::support::{plugin, small};

/// The most that a unit of fuel may take: the clock ends a program after twenty minutes, and it has 100 G units. Four times
/// as much here, since other tests run beside; without what is paid for it was above 60.
const A_UNIT: Duration = Duration::from_nanos(4 * 12);

/// Fuel of the shorter of two runs; the longer one has three times as much.
const FUEL: u32 = 200_000_000;

/// Throws through so many frames of one function, again and again.
fn one_function(depth: u32) -> String {
    format!(
        "__attribute__((noinline)) int deep(volatile int n) {{ if (n == 0) throw 1; return deep(n - 1) + n; }}\n\
         int main() {{ for (;;) try {{ deep({depth}); }} catch (int) {{}} }}\n"
    )
}

/// Throws through a frame of each of so many functions, which cost nothing but their calls.
fn a_chain(length: u32) -> String {
    let mut program = "__attribute__((noinline)) void f0() { throw 1; }\n".to_owned();
    for number in 1..length {
        let before = number - 1;
        program += &format!(
            "__attribute__((noinline)) void f{number}() {{ f{before}(); asm volatile(\"\"); }}\n"
        );
    }
    let last = length - 1;
    program += &format!("int main() {{ for (;;) try {{ f{last}(); }} catch (int) {{}} }}\n");
    program
}

/// Throws through frames that have a handler each, of another kind.
fn past_handlers(depth: u32) -> String {
    format!(
        "#include <csetjmp>\n\
         std::jmp_buf other;\n\
         __attribute__((noinline)) int deep(volatile int n) {{\n    \
             if (n == 0) throw 1;\n    \
             if (setjmp(other)) return 0;\n    \
             return deep(n - 1) + n;\n}}\n\
         int main() {{ for (;;) try {{ deep({depth}); }} catch (int) {{}} }}\n"
    )
}

/// Jumps out of so many frames.
fn jumps(depth: u32) -> String {
    format!(
        "#include <csetjmp>\n\
         std::jmp_buf back;\n\
         __attribute__((noinline)) int deep(volatile int n) {{ if (n == 0) std::longjmp(back, 1); return deep(n - 1) + n; }}\n\
         int main() {{ for (;;) if (!setjmp(back)) deep({depth}); }}\n"
    )
}

#[test]
#[allow(clippy::print_stderr, reason = "the figure that prices are set by")]
fn throws_are_paid_for() {
    let cpp = Language::of(&plugin("falcon-cpp.wasm")).unwrap();
    for (what, program) in [
        ("a throw", one_function(1)),
        ("a throw through 100 frames", one_function(100)),
        ("a throw through 50 000 frames", one_function(50_000)),
        ("a throw through 2000 functions", a_chain(2000)),
        ("a throw past 1000 handlers", past_handlers(1000)),
        ("a jump", jumps(1)),
        ("a jump out of 1000 frames", jumps(1000)),
    ] {
        let timed = |fuel: u32| {
            let limits = Limits {
                fuel: fuel.into(),
                ..small()
            };
            let since = Instant::now();
            let done = cpp.pack.run_program(&program, &[], b"", &limits).unwrap();
            assert_eq!(done.verdict, Verdict::OutOfFuel, "{what}: {}", done.message);
            since.elapsed()
        };
        // Once for the compiler. Where other tests' programs have put this one out of the cache since, both of the others
        // compile it again.
        timed(1);
        let short = timed(FUEL);
        let took = timed(3 * FUEL).saturating_sub(short);
        let each = took.as_secs_f64() * 1e9 / f64::from(2 * FUEL);
        eprintln!("{what}, in a loop: {each:.2} ns a unit");
        assert!(took < A_UNIT * (2 * FUEL), "{what}: {took:?}");
    }
}
