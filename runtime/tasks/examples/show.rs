//! Prints tasks of every family: `cargo run --release -p falcon-tasks --example show [seed]`.
#![allow(clippy::print_stdout, reason = "an example for people")]

use falcon_tasks::{
    Family, MixtureConfig, PoolShares, Split, Task, TokenId, value_tokens, vocabulary,
};

fn main() {
    let seed = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let family = Family::new(seed);
    println!("{} tokens, {}", vocabulary().len(), vocabulary().digest());
    family.gold_set(3).iter().for_each(show);
    family
        .train_pool(4, PoolShares::default())
        .iter()
        .for_each(show);
    for split in Split::TESTS {
        family.test_set(split, 3).iter().for_each(show);
    }
    let bank = family.projects(1).swap_remove(0).bank;
    println!("\n== memory bank of {}", bank[0].project);
    for item in &bank {
        println!("{:24} {}", text(&item.spec), text(&item.gold[0]));
    }
    println!("\n== rows of the warm start");
    let mixture = family.mixture(MixtureConfig {
        gold: 100,
        ..Default::default()
    });
    for i in 0..12 {
        let row = mixture.row(i);
        let (prompt, answer) = row.tokens.split_at(row.answer_start);
        println!("{:?}\n  {}\n  -> {}", row.kind, text(prompt), text(answer));
    }
}

fn show(task: &Task) {
    println!(
        "\n== {} {} (depth {}) {}",
        task.id,
        task.family.name(),
        task.depth,
        task.project
    );
    println!("{}", text(&task.prompt()));
    for body in &task.gold {
        println!("{}", task.program_text(body));
    }
    for body in &task.wrong {
        println!("other reading: {}", text(body));
    }
    for (name, tests) in [
        ("feedback", &task.feedback_tests),
        ("scoring", &task.scoring_tests),
    ] {
        let tests: Vec<String> = tests
            .iter()
            .map(|call| {
                let input: Vec<String> = call
                    .arguments
                    .iter()
                    .map(|v| text(&value_tokens(v)))
                    .collect();
                format!(
                    "{} -> {}",
                    input.join(", "),
                    text(&value_tokens(&call.expected))
                )
            })
            .collect();
        println!("{name}: {}", tests.join(" | "));
    }
}

fn text(tokens: &[TokenId]) -> String {
    vocabulary().decode(tokens)
}
