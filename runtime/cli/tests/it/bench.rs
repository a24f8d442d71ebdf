use crate::falcon::{Folder, falcon, fixture};

#[test]
fn the_sandbox_is_measured() {
    let folder = Folder::new();
    let svg = folder.path("bench.svg");
    let tasks = fixture("tasks.jsonl");
    let measure = ["bench", "sandbox", "--time", "50ms", "--json"];
    for (more, task) in [
        (&["--svg", &svg][..], "embedded"),
        (&["--tasks", &tasks], "Own/0"),
    ] {
        let told = falcon(&[&measure, more].concat()).expect(0).json();
        assert_eq!(told["task"], task);
        let names = |of: &str| -> Vec<String> {
            let all = told[of].as_array().unwrap();
            all.iter()
                .map(|one| one["what"].as_str().unwrap().to_owned())
                .collect()
        };
        for name in ["fresh run", "graded task, both sides"] {
            assert!(names("latency").contains(&name.to_owned()), "{told}");
            assert!(names("throughput").contains(&name.to_owned()), "{told}");
        }
        for one in told["latency"].as_array().unwrap() {
            let (min, p50, p99) = (&one["min_ms"], &one["p50_ms"], &one["p99_ms"]);
            let ordered = [min, p50, p99].map(|ms| ms.as_f64().unwrap());
            assert!(ordered[0] > 0.0 && ordered.is_sorted(), "{one}");
        }
    }
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
    let text = falcon(&measure[..4]).expect(0).stdout;
    assert!(
        text.contains("p99 ms") && text.contains("graded task"),
        "{text}"
    );
}

#[test]
fn a_soak_meets_every_verdict_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let picture = folder.path("soak.svg");
    let told = falcon(&[
        "bench",
        "soak",
        "--executions",
        "300",
        "--json",
        "--svg",
        &picture,
    ])
    .expect(0)
    .json();
    assert_eq!(told["programs"], 300);
    assert_eq!(told["attacks"], 6);
    assert_eq!(told["wrong"], serde_json::json!([]));
    assert!(told["points"][0]["workers_mib"].as_f64().unwrap() > 1.0);
    assert!(
        std::fs::read_to_string(&picture)
            .unwrap()
            .contains("programs")
    );
}
