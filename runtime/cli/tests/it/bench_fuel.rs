//! What counting fuel costs.

use crate::falcon::falcon;

#[test]
fn it_is_measured_in_workers_of_its_own() {
    let asked = ["--time", "30ms", "--language", "lua", "--fuel", "--json"];
    let told = falcon(&[&["bench", "sandbox"][..], &asked].concat())
        .expect(0)
        .json();
    let walls = told["walls"].as_array().unwrap();
    let names: Vec<_> = walls
        .iter()
        .map(|wall| wall["wall"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["second instance", "worker process", "fuel"]);
    let all = told["latency"].as_array().unwrap();
    let uncounted = all.iter().filter(|one| {
        let what = one["what"].as_str().unwrap();
        what.ends_with(", fuel not counted") && one["place"] == "worker"
    });
    assert_eq!(uncounted.count(), 3, "{all:?}");
}
