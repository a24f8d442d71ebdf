//! What a walk over a tree puts down, and the hash of it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use ruff_python_ast::{Identifier, Stmt};

use crate::Digest;

/// A tree in prefix order. Each sign has so many parts after it, or a list that ends, so no two trees are put down alike.
pub(super) struct Walk<'a> {
    /// What was parsed.
    pub(super) text: &'a str,
    /// Whether the body of a class is walked.
    pub(super) in_class: bool,
    parts: Vec<Part<'a>>,
    /// Names that the program gives, all scopes together.
    given: BTreeSet<&'a str>,
}

enum Part<'a> {
    Sign(&'static str),
    /// What a sign says the kind of.
    Value(Vec<u8>),
    /// A name that the program may give, here or elsewhere.
    Name(&'a str),
}

/// The hash of a body. None where nothing of it is left: that would be the form of many programs.
pub(super) fn digest(text: &str, body: &[Stmt]) -> Option<Digest> {
    let mut walk = Walk {
        text,
        in_class: false,
        parts: Vec::new(),
        given: BTreeSet::new(),
    };
    walk.body(body);
    // Its own two brackets.
    let nothing = 2;
    (walk.parts.len() > nothing).then(|| walk.numbered())
}

impl<'a> Walk<'a> {
    pub(super) fn sign(&mut self, sign: &'static str) {
        self.parts.push(Part::Sign(sign));
    }

    /// For what is not there.
    pub(super) fn none(&mut self) {
        self.sign("-");
    }

    pub(super) fn value(&mut self, kind: &'static str, value: impl Into<Vec<u8>>) {
        self.sign(kind);
        self.parts.push(Part::Value(value.into()));
    }

    /// A name that is used.
    pub(super) fn name(&mut self, name: &'a str) {
        self.parts.push(Part::Name(name));
    }

    /// Notes that the program gives a name, without a mention of it.
    pub(super) fn gives(&mut self, name: &'a str) {
        self.given.insert(name);
    }

    /// A name where it is given.
    pub(super) fn given(&mut self, name: &'a Identifier) {
        self.gives(name.as_str());
        self.name(name.as_str());
    }

    pub(super) fn optional_given(&mut self, name: Option<&'a Identifier>) {
        match name {
            Some(name) => self.given(name),
            None => self.none(),
        }
    }

    /// A name that is never the program's to give: an attribute, or a keyword of a call.
    pub(super) fn word(&mut self, word: &Identifier) {
        self.value("word", word.as_str());
    }

    pub(super) fn optional_word(&mut self, word: Option<&Identifier>) {
        match word {
            Some(word) => self.word(word),
            None => self.none(),
        }
    }

    /// The hash, with names that the program gives as numbers in the order they appear.
    fn numbered(&self) -> Digest {
        // No token has a space in it, so no form of tokens is the same.
        let mut parts = vec![Cow::from(&b"python"[..]), Cow::from(&b"syntax tree"[..])];
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for part in &self.parts {
            match part {
                Part::Sign(sign) => parts.push(sign.as_bytes().into()),
                Part::Value(value) => parts.push(value.as_slice().into()),
                Part::Name(name) if self.given.contains(name) => {
                    let next = numbers.len();
                    let number = numbers.entry(name).or_insert(next);
                    parts.push(Cow::from(&b"given"[..]));
                    parts.push(number.to_string().into_bytes().into());
                }
                Part::Name(name) => {
                    parts.push(Cow::from(&b"name"[..]));
                    parts.push(name.as_bytes().into());
                }
            }
        }
        Digest::of_parts(parts.iter().map(|part| &**part))
    }
}
