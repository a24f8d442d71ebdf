//! What of a program the policy wrote.

/// The byte at which the policy's own text begins: behind the prompt where the program begins with it,
/// as in completion tasks, else 0. A judge blames nobody for what the task itself contains.
#[must_use]
pub fn own_text(prompt: &str, program: &str) -> u32 {
    if !prompt.is_empty() && program.starts_with(prompt) {
        prompt.len() as u32
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::own_text;

    #[test]
    fn only_a_prompt_that_the_program_begins_with_is_left_out() {
        assert_eq!(own_text("def f():\n", "def f():\n    pass\n"), 9);
        assert_eq!(own_text("Write f.", "def f():\n    pass\n"), 0);
        assert_eq!(own_text("", "x"), 0);
        assert_eq!(own_text("longer", "long"), 0);
    }
}
