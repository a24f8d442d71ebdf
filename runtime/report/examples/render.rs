//! Renders reports again: `cargo run -p falcon-report --example render -- OUT report.json...`
//! writes `OUT/report.html` and `OUT/picture.svg`, and with several reports `OUT/seeds.html`.

use std::{env, error::Error, fs, path::PathBuf};

use falcon_report::{Report, page, picture, pool, seeds_page};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("usage: render OUT report.json...")?;
    let runs = arguments.map(Report::read).collect::<Result<Vec<_>, _>>()?;
    let first = runs.first().ok_or("usage: render OUT report.json...")?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("report.html"), page(first))?;
    fs::write(out.join("picture.svg"), picture(first))?;
    if runs.len() > 1 {
        let html = seeds_page(&runs, &pool(&runs), "Intervals are Student's, over seeds.");
        fs::write(out.join("seeds.html"), html)?;
    }
    Ok(())
}
