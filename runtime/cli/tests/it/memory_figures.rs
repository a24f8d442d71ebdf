use serde_json::Value;

use crate::falcon::{Folder, falcon};

#[test]
fn retrieval_is_measured_with_intervals_and_finds_every_known_item() {
    let found = falcon(&["--json", "memory", "eval", "--items", "400"])
        .expect(0)
        .json();
    let collection = &found["collections"][0];
    let retrievers = collection["retrievers"].as_array().unwrap();
    let names: Vec<_> = retrievers
        .iter()
        .map(|one| one["retriever"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["text", "vector", "examples", "fusion"]);
    for one in retrievers {
        assert!(one["queries"].as_u64().unwrap() > 50, "{one}");
        let means = [
            &one["mrr"],
            &one["map"],
            &one["ndcg"],
            &one["recall"][2],
            &one["hit"][0],
        ];
        for mean in means {
            let [low, high] = [0, 1].map(|end| mean["interval"][end].as_f64().unwrap());
            let mean = mean["mean"].as_f64().unwrap();
            assert!(
                0.0 < mean && low < mean && mean < high && high <= 1.0,
                "{one}"
            );
        }
    }
    let known = &retrievers[3]["known_item"]["mean"];
    assert_eq!(known.as_f64(), Some(1.0), "{collection}");
}

#[test]
fn memory_is_measured_with_and_without_faiss() {
    let folder = Folder::new();
    let svg = folder.path("memory.svg");
    let found = falcon(&[
        "--json",
        "bench",
        "memory",
        "--items",
        "300,2000",
        "--rounds",
        "4",
        "--exact-up-to",
        "1000",
        "--svg",
        &svg,
    ])
    .expect(0)
    .json();
    let sizes = found["sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 2);
    for size in sizes {
        let positive = [
            "inserts_per_second",
            "disk_bytes",
            "peak_bytes",
            "peak_searching_bytes",
            "writes_per_second",
        ];
        assert!(
            positive
                .iter()
                .all(|name| size[name].as_f64().unwrap() > 0.0),
            "{size}"
        );
        let searches = size["searches"].as_array().unwrap();
        assert_eq!(searches.len(), 8);
        assert!(
            searches
                .iter()
                .all(|one| one["p50_ms"].as_f64() <= one["p99_ms"].as_f64())
        );
        assert!(size["recall"].as_f64().unwrap() >= 0.98, "{size}");
    }
    // Below the threshold nothing is left to chance.
    assert_eq!(sizes[0]["recall"].as_f64(), Some(1.0));
    assert!(std::fs::read_to_string(svg).unwrap().contains("2000 items"));
    falcon(&["bench", "memory", "--items", "100", "--faiss", "false"])
        .expect(2)
        .saying(&["has no faiss that works", "pip install faiss-cpu"]);
}

#[test]
fn small_writes_leave_the_folder_small() {
    let found = falcon(&[
        "--json", "bench", "memory", "--items", "200", "--writes", "3000",
    ])
    .expect(0)
    .json();
    let stretches = found["writes"]["stretches"].as_array().unwrap();
    assert_eq!(stretches.len(), 10);
    let of = |one: &Value, name: &str| one[name].as_u64().unwrap();
    assert_eq!(
        stretches.iter().map(|one| of(one, "writes")).sum::<u64>(),
        3000
    );
    for one in stretches {
        assert!(
            of(one, "files") < 500 && of(one, "table_versions") < 130,
            "{one}"
        );
        assert!(one["write_mean_ms"].as_f64().unwrap() > 0.0, "{one}");
    }
    // Both stores come past a maintenance, and so does the old one before the run begins.
    let ageing = &found["writes"]["ageing"];
    assert!(of(&found["writes"], "round") > 100);
    assert!(of(ageing, "writes") > of(&found["writes"], "round"));
    let number = |value: &Value| value.as_f64().unwrap();
    for what in ["write", "read"] {
        let mean = |store: &str| number(&ageing[store][format!("{what}_mean_ms")]);
        let ratio = number(&ageing[format!("{what}_ratio")]);
        assert!(
            (ratio - mean("old") / mean("new")).abs() < 1e-6 * ratio,
            "{ageing}"
        );
    }
    let text = falcon(&["bench", "memory", "--items", "40", "--writes", "50"])
        .expect(0)
        .stdout;
    for word in [
        "write mean ms",
        "old beside new",
        "a new one of the same items",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
