//! The `falcon` command: parses, runs, maps errors to exit codes. Everything else lives in libraries.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's words go to its streams"
)]

mod cli;
mod command;
mod failure;
mod grant;
mod live;
mod machine;
mod output;
mod plugins;
mod quantity;
mod services;
mod stop;
mod suite;
mod table;

use std::{
    any::Any,
    panic,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Parser as _;

use crate::{
    cli::Cli,
    failure::{Exit, Failure},
};

/// The panic hook has said its piece.
static BUG_TOLD: AtomicBool = AtomicBool::new(false);

/// Errors are told as JSON. Known before the command line is understood, since that can fail too.
static JSON: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    panic::set_hook(Box::new(|what| tell_bug(what.payload(), what.location())));
    let mut words = std::env::args_os().take_while(|word| word != "--");
    JSON.store(words.any(|word| word == "--json"), Ordering::SeqCst);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are asked for, and clap's own words suit people.
        Err(error) if !error.use_stderr() || !JSON.load(Ordering::SeqCst) => error.exit(),
        Err(error) => return ExitCode::from(tell(&Failure::command_line(&error)).code()),
    };
    let exit = match panic::catch_unwind(|| command::run(cli)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => tell(&failure),
        Err(_) => Exit::Infrastructure,
    };
    ExitCode::from(exit.code())
}

fn tell(failure: &Failure) -> Exit {
    // As `falcon grade … | head` means it: the reader has enough.
    if failure.is_closed_pipe() {
        return Exit::Done;
    }
    if JSON.load(Ordering::SeqCst) {
        live::line(&failure.json().to_string());
    } else {
        live::line(failure.text().trim_end());
    }
    failure.exit
}

/// A panic is a bug of FALCON's, whatever the input was.
fn tell_bug(payload: &dyn Any, location: Option<&panic::Location<'_>>) {
    if BUG_TOLD.swap(true, Ordering::SeqCst) {
        return;
    }
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = location.map_or_else(String::new, |at| format!(" at {at}"));
    tell(&Failure::bug(text, &place));
}
