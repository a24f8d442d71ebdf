//! Texts in quotes.

/// A text in the quotes that need the least escaping, as node chooses them.
pub(crate) fn quoted(units: &[u16]) -> String {
    let has = |wanted: char| units.contains(&(wanted as u16));
    let quote = match (has('\''), has('"'), has('`')) {
        (false, ..) => '\'',
        (true, false, _) => '"',
        (true, true, false) if !units.windows(2).any(|two| two == [0x24, 0x7b]) => '`',
        _ => '\'',
    };
    let mut text = String::with_capacity(units.len() + 2);
    text.push(quote);
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(one) => push(&mut text, one, quote),
            Err(lone) => text.push_str(&format!("\\u{:04X}", lone.unpaired_surrogate())),
        }
    }
    text.push(quote);
    text
}

fn push(text: &mut String, one: char, quote: char) {
    match one {
        '\\' => text.push_str("\\\\"),
        '\n' => text.push_str("\\n"),
        '\t' => text.push_str("\\t"),
        '\r' => text.push_str("\\r"),
        '\u{8}' => text.push_str("\\b"),
        '\u{c}' => text.push_str("\\f"),
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
            text.push_str(&format!("\\x{:02X}", one as u32));
        }
        one if one == quote => {
            text.push('\\');
            text.push(one);
        }
        one => text.push(one),
    }
}

/// The name of a property: in quotes where it is no identifier.
pub(super) fn property_name(name: &[u8]) -> String {
    let plain = |at: usize, byte: u8| {
        byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit())
    };
    match std::str::from_utf8(name) {
        Ok("__proto__") => "['__proto__']".to_owned(),
        Ok(text) if !text.is_empty() && text.bytes().enumerate().all(|(at, b)| plain(at, b)) => {
            text.to_owned()
        }
        _ => quoted(&crate::text::to_utf16(name)),
    }
}
