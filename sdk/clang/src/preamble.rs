//! The `#include`s that a program begins with, which are compiled once for all programs that have the same.

/// The headers in angle brackets that a text begins with, sorted, each once. Comments and empty lines between
/// them are skipped; at anything else the preamble ends, since a macro could change what follows.
pub(crate) fn headers<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    'texts: for text in texts {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            if let Some(comment) = rest.strip_prefix("/*") {
                let Some((_, after)) = comment.split_once("*/") else {
                    break 'texts;
                };
                rest = after.trim_start();
                continue;
            }
            if line.ends_with('\\') {
                break 'texts;
            }
            if !line.starts_with("//") {
                let Some(header) = included(line) else {
                    break 'texts;
                };
                found.push(header);
            }
            rest = after.trim_start();
        }
    }
    found.sort_unstable();
    found.dedup();
    if found.contains(&ALL) {
        // The rest is in it: one precompiled header does for all these programs.
        found.retain(|header| !is_in_all(header));
    }
    found
}

/// The header that includes the whole library.
const ALL: &str = "bits/stdc++.h";
const ALL_TEXT: &str = include_str!("../sysroot/own/bits/stdc++.h");

/// Whether that one includes this one, by its name in C++ or in C.
fn is_in_all(header: &str) -> bool {
    let mut all = ALL_TEXT.lines().filter_map(included);
    let of_c = header.strip_suffix(".h").unwrap_or_default();
    all.any(|one| one == header || one.strip_prefix('c').is_some_and(|one| one == of_c))
}

/// The header of a line that includes one in angle brackets and does nothing else.
fn included(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix('#')?
        .trim_start()
        .strip_prefix("include")?;
    let (header, rest) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./+".contains(c);
    let rest = rest.trim();
    let sound = !header.is_empty() && header.chars().all(plain) && !header.contains("..");
    (sound && (rest.is_empty() || rest.starts_with("//"))).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::headers;

    #[test]
    fn the_leading_includes_are_found() {
        for (text, wanted) in [
            (
                "#include <vector>\n#include<map> // maps\n\n#include <vector>\nint x;\n#include <set>\n",
                vec!["map", "vector"],
            ),
            (
                "/* a\n b */ #include <a>\n// c\n# include <b>",
                vec!["a", "b"],
            ),
            ("#define X 1\n#include <a>\n", vec![]),
            ("#include \"a\"\n#include <b>\n", vec![]),
            ("#include <a> int x;\n", vec![]),
            ("/* never closed\n#include <a>\n", vec![]),
            (
                "#include <vector>\n#include <bits/stdc++.h>\n#include <math.h>\n#include <unistd.h>\n",
                vec!["bits/stdc++.h", "unistd.h"],
            ),
            ("", vec![]),
        ] {
            assert_eq!(headers([text]), wanted, "{text}");
        }
    }
}
