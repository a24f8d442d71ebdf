/// The words of a text: runs of letters and digits, identifiers split at `camelCase` and
/// `snake_case` borders, in lower case.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_lower = false;
    for letter in text.chars() {
        let border = !letter.is_alphanumeric() || (after_lower && letter.is_uppercase());
        if border && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_of_specifications_and_identifiers() {
        for (text, expected) in [
            ("Keep even, then sort.", "keep even then sort"),
            (
                "countVowels of_snake_case x2Y",
                "count vowels of snake case x2 y",
            ),
            ("HTTPServer -- v >= 10", "httpserver v 10"),
            ("Größe ÄRGER", "größe ärger"),
            (" \t\n", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text:?}");
        }
    }
}
