//! Lines of a text, and the places of its bytes.

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
    length: u32,
}

/// A place as people count: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl Lines {
    /// Finds the lines; `\n`, `\r\n` and `\r` end one, as they do in Python.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends =
                *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1).copied() != Some(b'\n');
            if ends {
                starts.push(at as u32 + 1);
            }
        }
        Self {
            starts,
            length: text.len() as u32,
        }
    }

    /// The number of lines; what follows the last line end is one where it is not empty.
    #[must_use]
    pub fn count(&self) -> u32 {
        let open = self.starts.last().copied() == Some(self.length);
        self.starts.len() as u32 - u32::from(open)
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// The place of a byte of the text that the lines are of.
    #[must_use]
    pub fn place(&self, text: &str, offset: u32) -> Place {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let before = text.get(start..offset as usize).unwrap_or_default();
        Place {
            line,
            column: before.chars().count() as u32 + 1,
        }
    }

    /// First byte of a line and one past its last, line end included. None where there is no such line.
    #[must_use]
    pub fn bytes(&self, line: u32) -> Option<(u32, u32)> {
        let at = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(at)?;
        let end = self.starts.get(at + 1).copied().unwrap_or(self.length);
        Some((start, end))
    }

    /// A line without its line end. None where there is no such line.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str, line: u32) -> Option<&'a str> {
        let (start, end) = self.bytes(line)?;
        let whole = text.get(start as usize..end as usize)?;
        Some(whole.trim_end_matches(['\n', '\r']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_every_line_end() {
        let text = "a\nbö c\r\nd\re";
        let lines = Lines::of(text);
        assert_eq!(lines.count(), 4);
        let at = |what| lines.place(text, text.find(what).unwrap() as u32);
        assert_eq!(at("a"), Place { line: 1, column: 1 });
        assert_eq!(at("c"), Place { line: 2, column: 4 });
        assert_eq!(at("d"), Place { line: 3, column: 1 });
        assert_eq!(at("e"), Place { line: 4, column: 1 });
        assert_eq!(lines.text(text, 2), Some("bö c"));
        assert_eq!(lines.bytes(5), None);
        assert_eq!(lines.bytes(0), None);
        assert_eq!(Lines::of("").count(), 0);
        assert_eq!(Lines::of("x\n").count(), 1);
    }
}
