//! The items of collections.

use super::{ITEMS, Inspector, is_element};
use crate::engine::{Kind, Property, Value};

impl Inspector {
    /// The items of a collection.
    pub(super) fn contents(&mut self, value: &Value, kind: Kind, depth: usize) -> Vec<String> {
        match kind {
            Kind::Array | Kind::Arguments => self.elements(value, depth),
            Kind::TypedArray => self.numbers(value, depth),
            Kind::Map | Kind::Set => self.records(value, kind == Kind::Map, depth),
            Kind::Promise => vec![match value.promise_state() {
                0 => "<pending>".to_owned(),
                state => {
                    self.indentation += 2;
                    let result = self.value(&value.promise_result(), depth, false);
                    self.indentation -= 2;
                    if state == 1 {
                        result
                    } else {
                        format!("<rejected> {result}")
                    }
                }
            }],
            Kind::Weak => vec!["<items unknown>".to_owned()],
            Kind::ArrayBuffer => {
                let bytes = value.buffer_bytes();
                let hex: Vec<_> = bytes
                    .iter()
                    .take(50)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let more = match bytes.len().saturating_sub(50) {
                    0 => String::new(),
                    more => format!(" ... {more} more bytes"),
                };
                vec![
                    format!("[Uint8Contents]: <{}{more}>", hex.join(" ")),
                    format!("byteLength: {}", bytes.len()),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn elements(&mut self, value: &Value, depth: usize) -> Vec<String> {
        let length = value.array_length();
        let mut output = Vec::new();
        let mut at = 0;
        while at < length && output.len() < ITEMS && self.left > 0 {
            let item = value.own_index(at);
            if matches!(item, Property::Absent) {
                let next = next_element(value, at, length);
                let many = next - at;
                let plural = if many == 1 { "" } else { "s" };
                output.push(format!("<{many} empty item{plural}>"));
                at = next;
                continue;
            }
            output.push(self.described(&item, depth, 2));
            at += 1;
        }
        more(&mut output, (length - at) as usize);
        output
    }

    fn numbers(&mut self, value: &Value, depth: usize) -> Vec<String> {
        let (_, count, _) = value.typed_array_parts();
        let mut output = Vec::new();
        for at in 0..count.min(ITEMS as u32) {
            let item = value.own_index(at);
            output.push(self.described(&item, depth, 2));
        }
        more(
            &mut output,
            count as usize - count.min(ITEMS as u32) as usize,
        );
        output
    }

    fn records(&mut self, value: &Value, is_map: bool, depth: usize) -> Vec<String> {
        let records = value.records();
        let count = records.len() / 2;
        self.indentation += 2;
        let mut output = Vec::new();
        for pair in records.chunks_exact(2).take(ITEMS) {
            let key = self.value(&pair[0], depth, false);
            output.push(if is_map {
                format!("{key} => {}", self.value(&pair[1], depth, false))
            } else {
                key
            });
            if self.left == 0 {
                break;
            }
        }
        self.indentation -= 2;
        more(&mut output, count.saturating_sub(ITEMS));
        output
    }
}

fn more(output: &mut Vec<String>, left: usize) {
    match left {
        0 => {}
        1 => output.push("... 1 more item".to_owned()),
        left => output.push(format!("... {left} more items")),
    }
}

/// The next index from here on that has an element.
fn next_element(value: &Value, from: u32, length: u32) -> u32 {
    let indices = value.own_keys(true, false).into_iter();
    indices
        .filter(is_element)
        .filter_map(|key| key.text().parse().ok())
        .find(|at: &u32| *at >= from)
        .unwrap_or(length)
        .min(length)
}
