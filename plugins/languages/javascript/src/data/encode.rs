//! JavaScript's values to plain data. Nothing here runs a script: no getter, no trap, no `toJSON`.

use falcon_sdk::language::value::Value as Plain;

use super::{Room, typed_array_name};
use crate::engine::{Kind, Property, Value};

/// Why a value does not cross: what it is, for people ("data that holds itself").
#[derive(Debug)]
pub(crate) struct NotPlain {
    pub(crate) what: String,
    /// Whether it is only that there is too much of it.
    pub(crate) too_much: bool,
}

impl NotPlain {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            too_much: false,
        }
    }

    fn too_much(what: String) -> Self {
        Self {
            what,
            too_much: true,
        }
    }
}

/// What stands for an object that is no data.
pub(crate) type Other<'a> = &'a mut dyn FnMut(&Value) -> Result<Plain, NotPlain>;

/// Turns a value into plain data within the room that there is.
pub(crate) fn encode(value: &Value, room: Room, other: Other<'_>) -> Result<Plain, NotPlain> {
    encoder(room, other).value(value)
}

/// The same for what a program answers: an object that holds functions of its own is no data, since they
/// would be what the tests convert, compare or ask it with (`valueOf`, `toJSON`, `includes`).
pub(crate) fn encode_answer(
    value: &Value,
    room: Room,
    other: Other<'_>,
) -> Result<Plain, NotPlain> {
    Encoder {
        with_functions: false,
        ..encoder(room, other)
    }
    .value(value)
}

fn encoder(room: Room, other: Other<'_>) -> Encoder<'_> {
    Encoder {
        room,
        given: room,
        open: Vec::new(),
        depth: 0,
        with_functions: true,
        other,
    }
}

struct Encoder<'a> {
    /// What is left.
    room: Room,
    given: Room,
    /// The objects that the value lies in.
    open: Vec<u64>,
    /// The levels of plain data that these take.
    depth: usize,
    /// Whether an object that holds functions is data.
    with_functions: bool,
    other: Other<'a>,
}

impl Encoder<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), NotPlain> {
        let (room, given) = (&mut self.room, &self.given);
        room.bytes = room.bytes.checked_sub(bytes).ok_or_else(|| {
            NotPlain::too_much(format!("data of more than {} bytes", given.bytes))
        })?;
        room.values = room.values.checked_sub(1).ok_or_else(|| {
            NotPlain::too_much(format!("data of more than {} values", given.values))
        })?;
        Ok(())
    }

    fn value(&mut self, value: &Value) -> Result<Plain, NotPlain> {
        self.take(9)?;
        Ok(match value.kind() {
            Kind::Undefined => known("undefined", Plain::None),
            Kind::Null => Plain::None,
            Kind::Bool => Plain::Bool(value.to_bool()),
            Kind::Number => number(value.to_number()),
            Kind::BigInt => known("bigint", bigint(&value.limbs())),
            Kind::String => Plain::Str(self.text(value)?),
            Kind::Array
            | Kind::Object
            | Kind::Map
            | Kind::Set
            | Kind::Date
            | Kind::RegExp
            | Kind::TypedArray
            | Kind::ArrayBuffer => return self.container(value),
            _ => return (self.other)(value),
        })
    }

    fn text(&mut self, value: &Value) -> Result<Vec<u8>, NotPlain> {
        // As long as it may be before it is copied: three bytes a unit at most.
        self.take(value.string_length())?;
        let bytes = value
            .bytes()
            .ok_or_else(|| NotPlain::too_much("a text that there is no memory for".to_owned()))?;
        self.take(bytes.len() - value.string_length().min(bytes.len()))?;
        Ok(bytes)
    }

    /// An object of one of the language's own types, exactly.
    fn container(&mut self, value: &Value) -> Result<Plain, NotPlain> {
        let kind = value.kind();
        let bare = kind == Kind::Object && value.prototype_is() == 0;
        if value.prototype_is() != 1 && !bare {
            return (self.other)(value);
        }
        if self.open.contains(&value.address()) {
            return Err(NotPlain::new("data that holds itself"));
        }
        let levels = match kind {
            Kind::Map => 3,
            Kind::Array if !value.is_dense() => 3,
            Kind::Array | Kind::Object if !bare => 1,
            _ => 2,
        };
        // Two more for what lies in it.
        if self.depth + levels + 2 > self.room.depth {
            let most = self.room.depth - 2;
            return Err(NotPlain::too_much(format!(
                "data nested deeper than {most}"
            )));
        }
        self.open.push(value.address());
        self.depth += levels;
        let made = match kind {
            Kind::Array => self.array(value),
            Kind::Object => self.object(value, bare),
            _ => self.special(value, kind),
        };
        self.open.pop();
        self.depth -= levels;
        match made? {
            Some(plain) => Ok(plain),
            None => (self.other)(value),
        }
    }

    /// None where it has accessors.
    fn array(&mut self, value: &Value) -> Result<Option<Plain>, NotPlain> {
        let length = value.array_length();
        if length as usize > self.room.values {
            let most = self.given.values;
            return Err(NotPlain::too_much(format!(
                "an array of {length} elements (most: {most})"
            )));
        }
        let mut items = Vec::with_capacity(length as usize);
        for index in 0..length {
            items.push(match value.own_index(index) {
                Property::Data(item) => self.value(&item)?,
                Property::Absent => self.value(&Value::undefined())?,
                Property::Accessor(_) => return Ok(None),
            });
        }
        if value.is_dense() {
            return Ok(Some(Plain::List(items)));
        }
        let named = value
            .own_keys(false, true)
            .into_iter()
            .filter(|key| !is_index(key, length));
        let Some(named) = self.properties(value, named)? else {
            return Ok(None);
        };
        Ok(Some(if named.is_empty() {
            Plain::List(items)
        } else {
            let parts = vec![Plain::List(items), Plain::Dict(named)];
            known("Array", Plain::Tuple(parts))
        }))
    }

    fn object(&mut self, value: &Value, bare: bool) -> Result<Option<Plain>, NotPlain> {
        let keys = value.own_keys(false, true).into_iter();
        let Some(pairs) = self.properties(value, keys)? else {
            return Ok(None);
        };
        let dict = Plain::Dict(pairs);
        Ok(Some(if bare { known("bare", dict) } else { dict }))
    }

    /// None where there is an accessor or a symbol among them, or a function that may not be.
    fn properties(
        &mut self,
        value: &Value,
        keys: impl Iterator<Item = Value>,
    ) -> Result<Option<Vec<(Plain, Plain)>>, NotPlain> {
        let mut pairs = Vec::new();
        for key in keys {
            let (Kind::String, Property::Data(item)) = (key.kind(), value.own(&key)) else {
                return Ok(None);
            };
            if !self.with_functions && (item.is_callable() || item.kind() == Kind::Proxy) {
                return Ok(None);
            }
            self.take(5)?;
            pairs.push((Plain::Str(self.text(&key)?), self.value(&item)?));
        }
        Ok(Some(pairs))
    }

    fn special(&mut self, value: &Value, kind: Kind) -> Result<Option<Plain>, NotPlain> {
        let named = |key: &Value| kind != Kind::TypedArray || !is_index(key, u32::MAX);
        if value.own_keys(false, true).iter().any(named) {
            return Ok(None);
        }
        Ok(Some(match kind {
            Kind::Map | Kind::Set => {
                if value.record_count() as usize > self.room.values {
                    let most = self.given.values;
                    return Err(NotPlain::too_much(format!(
                        "a collection of more than {most} values"
                    )));
                }
                self.records(value, kind == Kind::Map)?
            }
            Kind::Date => known("Date", Plain::Float(value.inside().to_number())),
            Kind::RegExp => {
                let (source, flags) = value.regexp_parts();
                let source = Plain::Str(self.text(&source)?);
                let parts = vec![source, Plain::Str(flags.into_bytes())];
                known("RegExp", Plain::Tuple(parts))
            }
            Kind::TypedArray => {
                let (number, _, bytes) = value.typed_array_parts();
                self.take(bytes.len())?;
                known(typed_array_name(number), Plain::Bytes(bytes))
            }
            _ => {
                let bytes = value.buffer_bytes();
                self.take(bytes.len())?;
                known("ArrayBuffer", Plain::Bytes(bytes))
            }
        }))
    }

    fn records(&mut self, value: &Value, is_map: bool) -> Result<Plain, NotPlain> {
        let records = value.records();
        let mut items = Vec::with_capacity(records.len() / 2);
        for pair in records.chunks_exact(2) {
            let key = self.value(&pair[0])?;
            items.push(if is_map {
                self.take(5)?;
                Plain::Tuple(vec![key, self.value(&pair[1])?])
            } else {
                key
            });
        }
        Ok(known(
            if is_map { "Map" } else { "Set" },
            Plain::List(items),
        ))
    }
}

fn known(name: &str, content: Plain) -> Plain {
    Plain::Known(name.to_owned(), Box::new(content))
}

/// Whole numbers that a double holds exactly are integers, but for negative zero.
fn number(number: f64) -> Plain {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = number.trunc() == number && number.abs() <= EXACT;
    if whole && !(number == 0.0 && number.is_sign_negative()) {
        Plain::Int(number as i64)
    } else {
        Plain::Float(number)
    }
}

fn bigint(limbs: &[u32]) -> Plain {
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    while let [.., second, top] = bytes[..] {
        let spare = (top == 0 && second & 0x80 == 0) || (top == 0xff && second & 0x80 != 0);
        if !spare {
            break;
        }
        bytes.pop();
    }
    if bytes.len() > 8 {
        return Plain::BigInt(bytes);
    }
    let sign = if bytes.last().is_some_and(|top| top & 0x80 != 0) {
        0xff
    } else {
        0
    };
    bytes.resize(8, sign);
    Plain::Int(i64::from_le_bytes(bytes.try_into().unwrap_or_default()))
}

/// Whether a key is the index of an element.
fn is_index(key: &Value, length: u32) -> bool {
    if key.kind() == Kind::Number {
        return true;
    }
    if key.kind() != Kind::String || key.string_length() > 10 {
        return false;
    }
    let text = key.text();
    let canonical = text == "0" || !text.starts_with('0');
    canonical && text.parse::<u32>().is_ok_and(|index| index < length)
}

/// What people call the type of a value.
pub(crate) fn type_name(value: &Value) -> String {
    match value.kind() {
        Kind::Symbol => "symbol".to_owned(),
        Kind::Proxy => "Proxy".to_owned(),
        Kind::Function => "Function".to_owned(),
        _ => value
            .constructor_name()
            .unwrap_or_else(|| "Object".to_owned()),
    }
}
