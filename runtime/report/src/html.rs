//! The few things that every piece of markup needs.

/// A text as content or attribute value: no markup of its own survives, and control characters
/// that neither HTML nor XML may hold become the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            // Bidirectional overrides would let a program show other text than it has.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A whole document around `body`, with `style` inline and nothing fetched from anywhere.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
            "<meta http-equiv=\"Content-Security-Policy\" ",
            "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n",
            "<meta name=\"color-scheme\" content=\"light dark\">\n",
            "<link rel=\"icon\" href=\"data:,\">\n",
            "<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
        ),
        title = escape(title),
        style = include_str!("style.css"),
        body = body,
    )
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_of_the_text_is_markup() {
        for (text, want) in [
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("a\u{0}b\u{1b}[2J", "a\u{fffd}b\u{fffd}[2J"),
            ("x = '\u{202e}'", "x = &#39;\u{fffd}&#39;"),
            ("a\n\tb & c", "a\n\tb &amp; c"),
        ] {
            assert_eq!(escape(text), want);
        }
    }
}
