//! What a fresh machine needs, then build, run and test: `cargo xtask --help`.
//!
//! The file reads from its top: [`main`] parses, runs one command and maps its result to an exit
//! code. Each command is a module; what a machine must have is in [`needs`].
//!
//! Exit codes: 0 done; 1 the answer is "no" (a test failed, code did not compile, `doctor` misses
//! something); 2 usage; 3 something the machine lacks could not be had.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod build;
mod check;
mod cli;
mod context;
mod demo;
mod doctor;
mod env;
mod failure;
mod fuzz;
mod needs;
mod progress;
mod suite;

use std::process::ExitCode;

use cli::{Command, Invocation};
use context::Context;
use failure::Failure;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args().skip(1)) {
        Ok(invocation) => invocation,
        Err(failure) => return report(&failure),
    };
    match run(&invocation) {
        Ok(code) => code,
        Err(failure) => report(&failure),
    }
}

fn run(invocation: &Invocation) -> Result<ExitCode, Failure> {
    if let Command::Help(topic) = invocation.command {
        print!("{}", cli::help(topic));
        return Ok(ExitCode::SUCCESS);
    }
    let mut cx = Context::find(invocation.json, invocation.install)?;
    let result = match invocation.command {
        Command::Help(_) => Ok(ExitCode::SUCCESS),
        Command::Doctor => doctor::run(&mut cx),
        Command::Setup => needs::settle(&mut cx, &needs::all()).map(|()| ExitCode::SUCCESS),
        Command::Env => env::run(&mut cx),
        Command::Build => build::run(&mut cx),
        Command::Demo => demo::run(&mut cx, &invocation.rest),
        Command::Test => suite::run(&mut cx, &invocation.rest),
        Command::Fuzz => fuzz::run(&mut cx, &invocation.rest),
        Command::Fmt => check::fmt(&mut cx),
        Command::Deny => check::deny(&mut cx),
        Command::Lint => check::lint(&mut cx),
        Command::Doc => check::doc(&mut cx),
    };
    cx.progress.finish(result.is_ok());
    result
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    failure.exit_code()
}
