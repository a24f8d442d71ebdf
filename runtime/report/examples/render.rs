//! Renders a report again: `cargo run -p falcon-report --example render -- OUT report.json` writes
//! `OUT/report.html` and `OUT/picture.svg`.

use std::{env, error::Error, fs, path::PathBuf};

use falcon_report::{Report, page, picture};

const USAGE: &str = "usage: render OUT report.json";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or(USAGE)?;
    let report = Report::read(arguments.next().ok_or(USAGE)?)?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("report.html"), page(&report))?;
    fs::write(out.join("picture.svg"), picture(&report))?;
    Ok(())
}
