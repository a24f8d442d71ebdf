//! Made-up items, as many as are asked for: some words are common and many rare, as in texts.

use std::collections::BTreeMap;

use falcon_episode::{MemoryItem, MemoryQuery};

/// Words there are.
const VOCABULARY: u64 = 30_000;
/// Subjects: texts of one subject share most of their words, so that there is something near to find.
const SUBJECTS: u64 = 2_000;

/// The item of a number; the same number gives the same item.
pub(super) fn item(number: u64) -> MemoryItem {
    let prompt = text(number, number);
    MemoryItem {
        task_id: format!("task-{number}"),
        behaviour: format!("{:032x}", number + 1),
        project: String::new(),
        family: if number.is_multiple_of(3) {
            "list"
        } else {
            "text"
        }
        .to_owned(),
        language: "python".to_owned(),
        program: format!("x = [v for v in x if v > {number}]\nreturn sorted(x)"),
        prompt,
        feedback: String::new(),
        score: 1.0,
        scores: BTreeMap::new(),
    }
}

/// A question of an item's subject, in other words; `number` below the number of items held.
pub(super) fn query(number: u64) -> MemoryQuery {
    let subject_of = Draw::new(number).draw() % SUBJECTS;
    MemoryQuery {
        task_id: "asking".to_owned(),
        behaviour: String::new(),
        project: String::new(),
        family: String::new(),
        language: "python".to_owned(),
        prompt: about(subject_of, &mut Draw::new(number ^ 0x5bd1_e995_0000_0000)),
        limit: 10,
        evaluation: false,
    }
}

fn text(number: u64, seed: u64) -> String {
    let mut draw = Draw::new(seed);
    let subject = draw.draw() % SUBJECTS;
    // The number itself makes each text one of its kind.
    format!("{} case {number}", about(subject, &mut draw))
}

/// Eight to fifteen words: three of four of the subject's own twenty, the others of any.
fn about(subject: u64, draw: &mut Draw) -> String {
    let count = 8 + draw.draw() % 8;
    let words: Vec<String> = (0..count)
        .map(|_| {
            let own = !draw.draw().is_multiple_of(4);
            let drawn = draw.draw();
            if own {
                word(&mut Draw::new((subject << 8) | (drawn % 20)))
            } else {
                word(&mut Draw::new(drawn))
            }
        })
        .collect();
    words.join(" ")
}

/// A word, common ones far more often: its number is the product of two even draws.
fn word(draw: &mut Draw) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "va", "we", "zi", "cho", "dra", "fe",
        "gu",
    ];
    let (a, b) = (draw.draw() % 1_000, draw.draw() % 1_000);
    let mut number = a * b * VOCABULARY / 1_000_000;
    let mut word = String::new();
    for _ in 0..4 {
        word += SYLLABLES[(number % 16) as usize];
        number /= 16;
        if number == 0 {
            break;
        }
    }
    word
}

/// Vigna's `SplitMix64`.
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn items_differ_and_come_again() {
        let prompts: BTreeSet<String> = (0..2000).map(|number| item(number).prompt).collect();
        assert_eq!(prompts.len(), 2000);
        assert_eq!(item(7), item(7));
        assert_eq!(query(7).prompt, query(7).prompt);
        let words =
            |text: &str| -> BTreeSet<String> { text.split(' ').map(str::to_owned).collect() };
        let shared = |a: &str, b: &str| words(a).intersection(&words(b)).count();
        let (mut own, mut other) = (0, 0);
        for number in 0..200 {
            own += shared(&query(number).prompt, &item(number).prompt);
            other += shared(&query(number).prompt, &item(number + 1).prompt);
        }
        assert!(own > 2 * other, "{own} {other}");
    }
}
