//! Refuses programs whose syntax tree may be too deep: the parser and every walk over it recurse as deep, and a sandbox's
//! stack is small.

use falcon_python_depth::depth;

use crate::Unread;

/// Most levels of brackets, operators and blocks inside one another. CPython refuses 100 blocks and 200
/// brackets; a sum of hundreds of terms is as deep as it is long. Blocks are counted by how wide the indentations of lines
/// are, those of long texts among them.
pub const MAX_DEPTH: usize = 300;

/// Refuses what may be deeper than the limit. Of a program with f-strings that is not Python the tokens are no bound, whose
/// verdict says so: [`read`](crate::read) gives none that did not compile.
pub(crate) fn check(program: &str) -> Result<(), Unread> {
    // Most programs are too short to be deep, and reading the tokens takes a good part of what parsing takes.
    if at_most(program) <= MAX_DEPTH {
        return Ok(());
    }
    match depth(program) {
        Some(depth) if depth.levels <= MAX_DEPTH => Ok(()),
        Some(_) => Err(Unread::Deep),
        None => Err(Unread::Brackets),
    }
}

/// At least as many levels as the tokens can come to: one for each place where a token may begin, and two for each line,
/// which may begin a block.
fn at_most(program: &str) -> usize {
    let mut levels = 2;
    let mut in_word = false;
    for byte in program.bytes() {
        let letter = byte.is_ascii_alphabetic() || byte == b'_';
        levels += match byte {
            b'\n' | b'\r' => 2,
            b' ' | b'\t' => 0,
            // A name or keyword is one token. In `1if` are two, but the number makes nothing deeper.
            _ if in_word && (letter || byte.is_ascii_digit()) => 0,
            _ => 1,
        };
        in_word = letter || in_word && byte.is_ascii_digit();
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_or_the_tokens_tell() {
        // Most programs are told from their bytes alone.
        assert_eq!(at_most("def f(x_1):\n    return x_1 + 1\n"), 16);
        for (program, wanted) in [
            ("x = [".to_owned() + &"1 + 2, ".repeat(10_000) + "]", Ok(())),
            (")".repeat(200), Ok(())),
            ("[".repeat(400) + &"]".repeat(400), Err(Unread::Deep)),
            ("1if 1else ".repeat(400) + "1", Err(Unread::Deep)),
            ("0xfor 1_0and ".repeat(400) + "1", Err(Unread::Deep)),
            ("''or".repeat(400) + "''", Err(Unread::Deep)),
            ("async ".repeat(400) + "x", Err(Unread::Deep)),
            ("(".repeat(1000), Err(Unread::Brackets)),
            // The parser makes a level of each.
            ("f(x],".repeat(2000), Err(Unread::Brackets)),
        ] {
            assert_eq!(check(&program), wanted, "{}", &program[..40]);
        }
    }
}
