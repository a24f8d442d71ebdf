//! Data inside a prompt: kept between lines that it cannot contain, and free of what a model's server or a
//! reader could take for something else than text.

use sha2::{Digest as _, Sha256};

/// Marks every line of data, so that none of it can begin a line of the prompt's own.
pub(crate) const MARK: &str = "| ";

/// Marks of chat templates and of the ends of texts, which some servers obey wherever they stand. A space
/// after the first character of each takes that away.
const TEMPLATE_MARKS: [&str; 14] = [
    "<|",
    "|>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<think>",
    "</think>",
];

/// The words that stand at both ends of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fence(String);

impl Fence {
    /// A fence that none of these texts contains. It follows from them, so the same data has the same prompt,
    /// and cannot be guessed without all of them.
    pub(crate) fn of(texts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let seed = hash.finalize();
        let mut round = 0_u64;
        loop {
            let mut hash = Sha256::new();
            hash.update(seed);
            hash.update(round.to_le_bytes());
            let digits = hash.finalize();
            let digits: String = digits[..12]
                .iter()
                .map(|one| format!("{one:02x}"))
                .collect();
            if !texts.iter().any(|text| text.contains(&digits)) {
                return Self(digits);
            }
            round += 1;
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text between its fences, harmless, every line marked.
    pub(crate) fn around(&self, what: &str, text: &str) -> String {
        let fence = &self.0;
        let mut fenced = format!("BEGIN {what} {fence}\n");
        for line in harmless(text).split('\n') {
            fenced.push_str(MARK);
            fenced.push_str(line);
            fenced.push('\n');
        }
        fenced + &format!("END {what} {fence}\n")
    }
}

/// The text with what is not seen made visible, and without marks of chat templates.
fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        if is_hidden(c) {
            clean.extend(c.escape_unicode());
        } else {
            clean.push(c);
        }
    }
    for mark in TEMPLATE_MARKS {
        let (first, rest) = mark.split_at(1);
        clean = clean.replace(mark, &format!("{first} {rest}"));
    }
    clean
}

/// Whether a character does something else than to be seen: controls, directions, tags, selectors of variants,
/// fillers without a sign, line ends beside the usual one, and the bar that some templates write their marks with.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{feff}' | '\u{ff5c}' => true,
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => true,
        '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}
