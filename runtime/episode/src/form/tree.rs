//! A Python program as its syntax tree, hashed: what its tokens cannot tell from what it means stays out of it.
//!
//! Out stay places, layout and redundant brackets and commas, which a tree does not have; annotations and the types that
//! functions and classes take; constants that stand as statements, docstrings among them, and `pass`. Constants count by
//! value, `elif` as the `else: if` that it is, `import a, b` as two statements, `a and (b and c)` as `a and b and c`.
//! Names that the program gives are numbered as they appear: parameters, targets, what `def`, `class`, `as`, `type` and a
//! pattern name. Attributes, keywords of calls and imported names stay.
//!
//! Architecture invariant: no program overflows a stack, here or in the parser: [`depth`] bounds both.

mod constant;
mod expression;
mod layout;
mod pattern;
mod statement;
#[cfg(test)]
mod tests;
mod text;
mod walk;

use std::{borrow::Cow, panic, thread};

use falcon_python_depth::depth;
use ruff_python_ast::Stmt;
use ruff_python_parser::parse_module;

use crate::Digest;

/// Longest program that is parsed, in bytes. Programs of the benchmarks have a few thousand.
const MAX_BYTES: usize = 64 << 10;
/// The same of a program whose depth is not certain, as with f-strings: each of its bytes may be a level.
const MAX_UNCERTAIN_BYTES: usize = 16 << 10;
/// Most levels that a tree may have. CPython refuses 100 blocks and 200 brackets; a sum of hundreds of terms is as deep as
/// it is long.
const MAX_LEVELS: usize = 1000;
/// Levels for which any thread has room.
const FEW_LEVELS: usize = 24;
/// Native stack that one level may take, in bytes: some ten functions of the parser, unoptimised.
const LEVEL: usize = 16 << 10;
/// Native stack besides.
const BASE: usize = 1 << 20;

/// The hash of a program's normalised syntax tree. None where it does not parse, is over a limit, or nothing of it is left.
pub(super) fn digest(program: &str) -> Option<Digest> {
    // As Python reads lines.
    let program = if program.contains('\r') {
        Cow::Owned(program.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(program)
    };
    read(&program).or_else(|| read(&layout::of_pymini(&program)?))
}

fn read(program: &str) -> Option<Digest> {
    // The body of a function alone, as benchmarks have it.
    let is_body = layout::is_indented(program);
    let text = if is_body {
        Cow::Owned(format!("if 1:\n{program}"))
    } else {
        Cow::Borrowed(program)
    };
    if text.len() > MAX_BYTES {
        return None;
    }
    let depth = depth(&text)?;
    if depth.levels > MAX_LEVELS {
        return None;
    }
    if depth.is_certain && depth.levels <= FEW_LEVELS {
        return parsed(&text, is_body);
    }
    // No level is without a byte of the program.
    let levels = if depth.is_certain {
        depth.levels
    } else if text.len() <= MAX_UNCERTAIN_BYTES {
        text.len()
    } else {
        return None;
    };
    with_stack(BASE + levels * LEVEL, || parsed(&text, is_body))
}

fn parsed(text: &str, is_body: bool) -> Option<Digest> {
    let module = parse_module(text).ok()?.into_syntax();
    let body = if is_body {
        match module.body.as_slice() {
            [Stmt::If(it)] if it.elif_else_clauses.is_empty() => it.body.as_slice(),
            _ => return None,
        }
    } else {
        module.body.as_slice()
    };
    walk::digest(text, body)
}

/// Runs a function on a thread with so much native stack. Only the pages that are used cost memory.
fn with_stack<T: Send>(bytes: usize, run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("falcon-form".to_owned())
            .stack_size(bytes)
            .spawn_scoped(scope, run);
        // No answer would be another one: what a program's form is must not hang on the machine's day.
        thread
            .expect("a thread to parse on")
            .join()
            .unwrap_or_else(|fault| panic::resume_unwind(fault))
    })
}
