//! Layout: pycodestyle's findings in lines, tokens and blank lines.

mod blank_lines;
mod lines;
mod logical;
mod operators;
mod tokens;

use python_source::Source;

use crate::finding::Findings;

/// All rules of layout.
pub(crate) fn check(source: &Source<'_>, line_length: u32, found: &mut Findings) {
    let long_strings = source.long_strings();
    lines::check(source, &long_strings, line_length, found);
    let logical = logical::lines(source);
    blank_lines::check(source, &logical, found);
    for line in &logical {
        tokens::check(source, line, found);
        operators::check(source, line, found);
    }
}
