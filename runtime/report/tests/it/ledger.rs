//! What a run's page says of judges and memory policies that changed while it trained.

use std::collections::BTreeMap;

use falcon_report::{JudgesFrom, PolicyFrom, page};

use crate::fixture;

fn digest(digit: &str) -> String {
    format!("sha256:{}", digit.repeat(64))
}

fn judges(step: u64, reward: &str, judges: &[(&str, &str)]) -> JudgesFrom {
    let named = |(name, digit): &(&str, &str)| ((*name).to_owned(), digest(digit));
    JudgesFrom {
        step,
        reward: digest(reward),
        judges: judges.iter().map(named).collect::<BTreeMap<_, _>>(),
    }
}

fn policy(step: u64, digit: &str) -> PolicyFrom {
    PolicyFrom {
        step,
        policy: "you/<policy>".to_owned(),
        digest: digest(digit),
    }
}

fn row(from: &str, what: &str, digit: &str) -> String {
    let digest = digit.repeat(12);
    format!(
        "<tr><th scope=\"row\">{from}</th><td>{what}</td><td><code class=\"digest\">{digest}</code></td></tr>"
    )
}

const REPEATS: &str = "it gives the same result digest";
const DOES_NOT: &str = "the command alone does not give the same result digest";

#[test]
fn the_ledger_is_on_the_page_and_the_command_promises_no_more_than_it_keeps() {
    let mut report = fixture();
    assert!(!page(&report).contains("decided on memory"));
    report.judges = vec![judges(0, "a", &[("falcon/style", "b"), ("you/short", "c")])];
    report.memory_policies = vec![policy(0, "d")];
    let html = page(&report);
    assert!(html.contains(REPEATS) && !html.contains(DOES_NOT));
    for wanted in [
        row("the beginning", "reward file ", "a"),
        row("the beginning", "judge falcon/style", "b"),
        row("the beginning", "judge you/short", "c"),
        row("the beginning", "memory policy you/&lt;policy&gt;", "d"),
    ] {
        assert!(html.contains(&wanted), "{wanted} is not on the page");
    }

    let first = report.judges.clone();
    for (judges, policies) in [
        (vec![judges(7, "a", &[("you/short", "e")])], vec![]),
        (vec![], vec![policy(7, "f")]),
    ] {
        report.judges = [&first[..], &judges].concat();
        report.memory_policies = [&[policy(0, "d")], &policies[..]].concat();
        let html = page(&report);
        assert!(html.contains(DOES_NOT) && !html.contains(REPEATS));
        let of_step: Vec<&str> = html
            .lines()
            .filter(|line| line.contains(">step 7<"))
            .collect();
        if policies.is_empty() {
            let gone = "<tr><th scope=\"row\">step 7</th><td>judge falcon/style</td><td>judges no more</td></tr>";
            assert_eq!(
                of_step,
                [row("step 7", "judge you/short", "e").as_str(), gone]
            );
        } else {
            assert_eq!(
                of_step,
                [row("step 7", "memory policy you/&lt;policy&gt;", "f")]
            );
        }
    }
}
