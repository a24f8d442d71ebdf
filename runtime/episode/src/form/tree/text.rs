//! Strings, by value, and strings with values in them.

use ruff_python_ast::{
    ConversionFlag, ExprFString, ExprStringLiteral, ExprTString, FStringPart, InterpolatedElement,
    InterpolatedStringElement, InterpolatedStringElements, StringLiteral,
};
use ruff_text_size::{Ranged, TextRange};

use super::{constant::is_text, walk::Walk};

impl<'a> Walk<'a> {
    pub(super) fn string(&mut self, it: &'a ExprStringLiteral) {
        let parts = it.value.iter().map(|literal| self.literal(literal));
        let text: String = parts.collect();
        self.value("str", text);
    }

    /// Parts that are joined are one, and without a value in it it is a string as any other.
    pub(super) fn f_string(&mut self, it: &'a ExprFString) {
        let is_string = it.value.elements().all(is_text);
        if !is_string {
            self.sign("f-string");
            self.sign("[");
        }
        let mut text = String::new();
        for part in &it.value {
            match part {
                FStringPart::Literal(literal) => text.push_str(&self.literal(literal)),
                FStringPart::FString(it) => self.elements(&it.elements, &mut text, false),
            }
        }
        if is_string {
            self.value("str", text);
        } else {
            self.flush(&mut text);
            self.sign("]");
        }
    }

    pub(super) fn t_string(&mut self, it: &'a ExprTString) {
        self.sign("t-string");
        self.sign("[");
        let mut text = String::new();
        for part in &it.value {
            self.elements(&part.elements, &mut text, true);
        }
        self.flush(&mut text);
        self.sign("]");
    }

    /// # Arguments
    /// - `text`: what stands before them and was not put down yet; afterwards, what stands at their end.
    /// - `is_template`: whether the program can read how a value is written.
    fn elements(
        &mut self,
        elements: &'a InterpolatedStringElements,
        text: &mut String,
        is_template: bool,
    ) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(it) => {
                    text.push_str(&self.with_source(&it.value, it.range));
                }
                InterpolatedStringElement::Interpolation(it) => {
                    self.interpolation(it, text, is_template);
                }
            }
        }
    }

    fn interpolation(&mut self, it: &'a InterpolatedElement, text: &mut String, is_template: bool) {
        let source = self.source(it.expression.range());
        let mut conversion = it.conversion;
        // `{x=}` shows how it is written, and of the value what `repr` does.
        if let Some(debug) = &it.debug_text {
            for shown in [debug.leading.as_str(), source, debug.trailing.as_str()] {
                text.push_str(shown);
            }
            if conversion == ConversionFlag::None && it.format_spec.is_none() {
                conversion = ConversionFlag::Repr;
            }
        }
        self.flush(text);
        self.sign("{");
        if is_template {
            self.value("source", source);
        }
        self.expr(&it.expression);
        self.sign(match conversion {
            ConversionFlag::None => "-",
            ConversionFlag::Str => "!s",
            ConversionFlag::Ascii => "!a",
            ConversionFlag::Repr => "!r",
        });
        match &it.format_spec {
            Some(spec) => {
                self.sign("[");
                let mut text = String::new();
                self.elements(&spec.elements, &mut text, is_template);
                self.flush(&mut text);
                self.sign("]");
            }
            None => self.none(),
        }
    }

    fn flush(&mut self, text: &mut String) {
        if !text.is_empty() {
            self.value("str", std::mem::take(text));
        }
    }

    fn literal(&self, literal: &StringLiteral) -> String {
        self.with_source(literal.as_str(), literal.content_range())
    }

    /// A text's value. The parser has one sign for all lone surrogates, so where that is, what was written counts too.
    fn with_source(&self, value: &str, range: TextRange) -> String {
        if value.contains(char::REPLACEMENT_CHARACTER) {
            format!("{value}{}{}", value.len(), self.source(range))
        } else {
            value.to_owned()
        }
    }

    fn source(&self, range: TextRange) -> &'a str {
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        self.text.get(start..end).unwrap_or_default()
    }
}
