//! A run's page, from its `report.json` to the browser.

mod experiment;
mod ledger;
mod memory;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use falcon_report::{
    Bench, BenchSubject, InnerPoint, Latency, PartUse, Place, Pooled, Report, ReportError,
    Throughput, bench_picture, page, picture, seeds_page,
};

fn fixture() -> Report {
    let path = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
        .join("tests/fixtures/run.json");
    Report::read(path).expect("the fixture is a report")
}

#[test]
fn a_page_says_what_the_report_says() {
    let html = page(&fixture());
    for (what, wanted) in [
        (
            "the headline",
            "from 24.2\u{a0}% to 31.8\u{a0}% on behaviours the model never saw; as much compute on more supervised \
             steps only came to 25.6\u{a0}%.",
        ),
        ("an interval", "[+4.1, +11.2]"),
        ("a negative difference", "\u{2212}24.2"),
        ("the control", "Warm start, continued"),
        (
            "a card's control",
            "Against a random exemplar: <b>+34.5</b> [+26.1, +43.0]",
        ),
        (
            "use of memory",
            "Training and evaluation asked it 4\u{202f}312 queries. Of the tasks of the private vocabulary’s test set, \
             81.0\u{a0}% got an exemplar that discloses their word.",
        ),
        ("tokens", ", sampled and trained on, evaluation included"),
        ("a phase", "reinforcement learning <small>2 min 12 s"),
        ("a memory policy", "random exemplar"),
        ("a verdict", "✗ failed"),
        ("what memory showed", "what memory showed"),
        ("a plugin's digest", "sha256:abababab"),
        ("the machine", "Example CPU @ 2.80GHz, 2 cores in use"),
        ("cost in memory", "1.4 GiB"),
        (
            "the command",
            "falcon train --config examples/quick.toml --seed 3",
        ),
    ] {
        assert!(
            html.contains(wanted),
            "{what}: {wanted:?} is not on the page"
        );
    }
    assert!(!html.contains("0.0 s"), "the end of the run is no phase");
}

#[test]
fn tasks_from_files_have_no_private_words() {
    let mut report = fixture();
    for row in &mut report.eval {
        row.split = "test".to_owned();
    }
    let html = page(&report);
    assert!(html.contains("asked it 4\u{202f}312 queries"));
    assert!(!html.contains("private vocabulary’s test set"));
}

#[test]
fn what_the_inner_loop_costs_and_brings_is_told_where_there_is_one() {
    let mut report = fixture();
    assert!(!page(&report).contains("Inner loop"));
    report.curve.truncate(2);
    for (point, (before, after)) in report.curve.iter_mut().zip([(0.2, 0.3), (0.3, 0.4)]) {
        point.pass_rate = Some(before);
        point.inner = Some(InnerPoint {
            tasks: 16,
            adapted: 12,
            pass_rate: Some(after),
            support_seconds: 1.5,
            inner_seconds: 0.75,
            query_seconds: 1.25,
            outer_seconds: 0.5,
        });
    }
    let html = page(&report);
    for wanted in [
        "3.0 s for the attempts that contexts adapt to, 1.5 s for adapting, 2.5 s for the attempts after it and 1.0 s",
        "75.0\u{a0}% of tasks had attempts",
        "25.0\u{a0}% of first attempts passed before adapting and 35.0\u{a0}% after it",
    ] {
        assert!(html.contains(wanted), "{wanted:?} is not on the page");
    }
}

#[test]
fn a_page_stands_alone() {
    let report = fixture();
    for html in [page(&report), picture(&report)] {
        let html = html.replace("http://www.w3.org/2000/svg", "");
        for foreign in [
            "http://", "https://", "<script", "<img", "<iframe", "src=", "url(", "@import",
        ] {
            let escaped = html.replace("&quot;&lt;/pre&gt;&lt;img src=x", "");
            assert!(!escaped.contains(foreign), "{foreign} in the page");
        }
    }
}

#[test]
fn an_interval_with_zero_inside_is_not_called_a_gain() {
    let mut report = fixture();
    for gain in &mut report.gains {
        gain.ci95 = [gain.diff - 100.0, gain.diff + 100.0];
    }
    let html = page(&report);
    assert!(html.contains("the interval includes no change"));
    assert!(html.contains("not separated from 0"));
    assert!(!html.contains("chip above\">"));
}

/// A gain that more supervised steps give as well is not credited to executing.
#[test]
fn a_gain_is_told_with_its_control() {
    let (above, open, below) = ([1.0, 9.0], [-1.0, 9.0], [-9.0, -1.0]);
    for (control, says, card) in [
        (Some(above), "supervised steps only came to 25.6", "above"),
        (Some(open), "25.6\u{a0}%, not separated from it.", "open"),
        (Some(below), "came further, to 25.6", "open"),
        (
            None,
            "nothing says whether executing was the reason.",
            "open",
        ),
    ] {
        let mut report = fixture();
        report.gains.retain(|gain| {
            gain.contrast != "after - continued" || (gain.split == "iid" && control.is_some())
        });
        for gain in &mut report.gains {
            if gain.contrast == "after - continued" {
                gain.ci95 = control.unwrap_or_default();
            }
        }
        let html = page(&report);
        assert!(html.contains(says), "{control:?}: {says:?} is not said");
        let card = format!("card {card}\"><h3>Learning by executing");
        assert!(html.contains(&card), "{control:?}: {card:?}");
    }
}

#[test]
fn the_picture_draws_every_control() {
    let svg = picture(&fixture());
    for (what, value) in [
        ("more SFT", "25.6"),
        ("another task’s memory", "3.9"),
        ("oracle exemplar", "62.6"),
        ("resampling", "33.1"),
        ("another task’s memory", "25.0"),
    ] {
        let bar = format!("<title>{what}: {value} %</title>");
        assert!(svg.contains(&bar), "{bar} is not drawn");
    }
}

#[test]
fn a_report_with_almost_nothing_is_a_page_too() {
    let report: Report = serde_json::from_str(r#"{"seed": 1, "eval": [], "later": true}"#).unwrap();
    assert!(page(&report).contains("has not been evaluated"));
    assert!(picture(&report).ends_with("</svg>\n"));
    assert!(seeds_page(&[report], &[], "").ends_with("</html>\n"));
    assert!(seeds_page(&[], &[], "").ends_with("</html>\n"));
}

#[test]
fn seeds_stand_side_by_side() {
    let mut runs = vec![fixture(), fixture(), fixture()];
    for (i, run) in (0u32..).zip(&mut runs) {
        run.seed = u64::from(i);
        for gain in &mut run.gains {
            gain.diff += f64::from(i) - 1.0;
        }
    }
    let pooled: Vec<_> = runs[1]
        .gains
        .iter()
        .enumerate()
        .map(|(i, gain)| Pooled {
            gain: gain.clone(),
            each: runs.iter().map(|run| run.gains[i].diff).collect(),
        })
        .collect();
    let html = seeds_page(&runs, &pooled, "How <they> were made.");
    assert!(
        html.contains("by +7.6 points [+4.1, +11.2] against the warm start, and by +6.2 points")
    );
    assert!(html.contains("Over 3 seeds") && html.contains("seed 2"));
    assert!(html.contains("How &lt;they&gt; were made."));
    assert_eq!(html.matches("class=\"mark\"").count(), 3 * pooled.len());
}

#[test]
fn a_broken_report_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    assert!(matches!(Report::read(&path), Err(ReportError::Read { .. })));
    fs::write(&path, "{\"seed\": 1,\n \"eval\": 3}").unwrap();
    let error = Report::read(&path).unwrap_err();
    assert!(error.to_string().contains("report.json"));
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .to_string()
            .contains("line 2")
    );
}

/// The real browser agrees on what the markup means; skipped where none is installed.
#[test]
fn in_a_browser_nothing_of_a_program_becomes_markup() {
    let Some(browser) = browser() else {
        #[allow(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: no chromium is installed");
        }
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    fs::write(&path, page(&fixture())).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", path.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(
        dom.contains("<title>FALCON · quick · seed 3</title>"),
        "the browser gave: {dom:.300}"
    );
    for element in ["<script", "<img", "<b>\u{27}"] {
        assert!(!dom.contains(element), "{element} became an element");
    }
    let sections = [
        "results",
        "curves",
        "contrasts",
        "memory",
        "examples",
        "provenance",
    ];
    for id in sections {
        assert!(
            dom.contains(&format!("<section id=\"{id}\">")),
            "section {id} is lost"
        );
    }
    assert_eq!(dom.matches("<section").count(), sections.len());
    assert_eq!(dom.matches("<svg").count(), 4);
}

fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            Command::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
}

#[test]
fn a_measurement_is_drawn_even_where_it_measured_nothing() {
    let subject = |what: &str, place| BenchSubject {
        language: "python".into(),
        what: what.into(),
        place,
    };
    let latency = |what: &str, place, p50_ms| Latency {
        subject: subject(what, place),
        runs: 100,
        p50_ms,
        p99_ms: 2.0 * p50_ms,
        min_ms: 0.9 * p50_ms,
    };
    let rate = |what: &str, place, workers: u64, per_second| Throughput {
        subject: subject(what, place),
        workers,
        runs: 100,
        per_second,
        scaling: workers as f64,
        p50_ms: 1.0,
        p99_ms: 2.0,
    };
    let (ours, theirs) = ("fresh run", "python3 -I -S <process>");
    let bench = Bench {
        latency: vec![
            latency(ours, Place::Worker, 1.4),
            latency("graded task", Place::InProcess, 2.6),
            latency(theirs, Place::Native, 12.0),
        ],
        throughput: vec![
            rate(ours, Place::Worker, 1, 700.0),
            rate(ours, Place::Worker, 2, 1300.0),
            rate(theirs, Place::Native, 1, 80.0),
            rate(theirs, Place::Native, 2, 150.0),
        ],
        ..Bench::default()
    };
    let svg = bench_picture(&bench, "2 cores");
    assert!(svg.contains("1.40") && svg.contains("python3 -I -S &lt;process&gt;"));
    if let Some(folder) = std::env::var_os("FALCON_PICTURES") {
        fs::write(PathBuf::from(folder).join("bench.svg"), &svg).unwrap();
    }
    assert!(bench_picture(&Bench::default(), "").ends_with("</svg>\n"));
}

#[test]
fn a_page_shows_what_else_moved_and_where_time_went() {
    let mut report = fixture();
    assert!(
        !page(&report).contains("id=\"trust\""),
        "an older run has nothing to show there"
    );
    for (at, point) in report.curve.iter_mut().enumerate() {
        point.entropy = Some(0.3);
        point.kl_to_start = Some(0.01 * at as f64);
        point.sampler_gap = Some(2e-6);
        point.clip_fraction = Some(0.0);
    }
    report.curve[3].forbidden = 2;
    (report.curve[2].behind, report.curve[2].sampler_gap) = (1, None);
    report.curve[4].validation = Some(0.4);
    let part = |name: &str, seconds, hidden_seconds| PartUse {
        name: name.to_owned(),
        seconds,
        hidden_seconds,
        resident_bytes: 300 << 20,
    };
    report.parts = vec![part("sampling", 30.0, 0.0), part("grading", 4.0, 11.0)];
    let html = page(&report);
    for wanted in [
        "aria-label=\"Entropy of the policy by step\"",
        "aria-label=\"KL divergence from the start by step\"",
        "aria-label=\"Programs refused by step\"",
        "aria-label=\"Validation tasks solved during reinforcement learning\"",
        "2 programs tried what no program may do",
        "2.0e-6 nats a token",
        &format!(
            "In 1 of {} steps the programs are of the policy before",
            report.curve.len()
        )[..],
        "<th scope=\"row\">grading</th><td class=\"n\">4.0 s</td><td class=\"n\">3.0\u{a0}%</td><td class=\"n\">11 s</td><td class=\"n\">300 MiB",
        "everything else",
    ] {
        assert!(html.contains(wanted), "{wanted:?} is not on the page");
    }
    assert!(!html.contains("Clipped tokens"), "nothing was clipped");
}
