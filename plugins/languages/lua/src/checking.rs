//! Compiling without running, and the places of errors.

use falcon_sdk::language::{Diagnostic, Severity};

use crate::lua::{Error, Fault, PROGRAM, State, text_of};

/// What the compiler says of a program.
pub(crate) fn check(source: &str) -> Vec<Diagnostic> {
    load(source).err().into_iter().collect()
}

/// A state with the program compiled, or what is wrong with it.
pub(crate) fn load(source: &str) -> Result<State, Diagnostic> {
    let mut lua = State::new();
    match lua.load(source, PROGRAM) {
        Ok(()) => Ok(lua),
        Err(Error::Raised(fault)) => Err(of_syntax(&mut lua, source, &fault)),
        Err(Error::NotPlain(message)) => Err(diagnostic("syntax error", message, 0, 0)),
        Err(Error::Stopped) => Err(diagnostic("syntax error", String::new(), 0, 0)),
    }
}

fn of_syntax(lua: &mut State, source: &str, fault: &Fault) -> Diagnostic {
    if fault.out_of_memory {
        return fault.diagnostic();
    }
    let found = fault.diagnostic();
    let text = text_of(source);
    let taken = lua.reached(text);
    if found.line == 0 {
        // What is nested too deep has no line of Lua's.
        let read = &text.as_bytes()[..taken.min(text.len())];
        let lines = read.iter().filter(|byte| **byte == b'\n').count() + 1;
        let line = u32::try_from(lines).unwrap_or(0);
        return diagnostic("syntax error", found.message, line, 0);
    }
    let column = column(text, taken, &found.message, found.line);
    diagnostic("syntax error", found.message, found.line, column)
}

fn diagnostic(class: &str, message: String, line: u32, column: u32) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        class: class.to_owned(),
        message,
        line,
        column,
    }
}

/// Where the token begins that the message names, in characters from 1; 0 where it names none that is
/// there. The compiler has `taken` one byte more than the token.
fn column(text: &str, taken: usize, message: &str, line: u32) -> u32 {
    let Some((_, near)) = message.rsplit_once(" near ") else {
        return 0;
    };
    let end = taken.saturating_sub(1).min(text.len());
    let token = near
        .strip_prefix('\'')
        .and_then(|near| near.strip_suffix('\''));
    let start = match token {
        Some(token) => match end.checked_sub(token.len()) {
            Some(start) if text.as_bytes()[start..end] == *token.as_bytes() => start,
            _ => match last_in_line(text, token, line) {
                Some(start) => start,
                None => return 0,
            },
        },
        None => end,
    };
    let Some(before) = text.get(..start) else {
        return 0;
    };
    let in_line = before.rsplit('\n').next().unwrap_or_default();
    u32::try_from(in_line.chars().count() + 1).unwrap_or(0)
}

fn last_in_line(text: &str, token: &str, line: u32) -> Option<usize> {
    let number = usize::try_from(line.checked_sub(1)?).ok()?;
    let found = text.lines().nth(number)?;
    let at = found.as_ptr().addr() - text.as_ptr().addr();
    found.rfind(token).map(|start| at + start)
}
