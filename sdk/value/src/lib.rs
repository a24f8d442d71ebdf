//! Plain data: what may cross between a program and its tests.
//!
//! The encoding is specified in `wit/language/v0.1/README.md`. Bytes come from hostile
//! instances, so decoding checks everything and its cost is linear in the bytes.

/// Plain data. Kinds are exact: `Int(1)`, `Float(1.0)` and `Bool(true)` are three values.
///
/// Equality is of kind and content: floats by bits (so nan equals itself and 0.0 is not -0.0),
/// sets in any order, dicts in any order.
#[derive(Clone, Debug)]
pub enum Value {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A larger integer: two's complement, little-endian, as short as possible.
    BigInt(Vec<u8>),
    /// A double.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// Text in WTF-8, so that lone surrogates cross.
    Str(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A set.
    Set(Vec<Value>),
    /// A frozen set.
    FrozenSet(Vec<Value>),
    /// A dict, in insertion order.
    Dict(Vec<(Value, Value)>),
    /// `range(start, stop, step)`, each an integer.
    Range(Box<[Value; 3]>),
    /// A known standard type of the language by name (`collections.Counter`), with its content.
    Known(String, Box<Value>),
    /// An opaque object of the candidate.
    Handle(u32),
}

/// Nesting that crosses; deeper data is refused.
pub const MAX_DEPTH: usize = 100;
/// Encoded bytes that cross in one call.
pub const MAX_BYTES: usize = 16 << 20;
/// Values that cross in one call, counted at every level: a byte may be a value, which takes 32 times
/// as much when it is decoded.
pub const MAX_VALUES: usize = 2 << 20;

/// Bytes that are not plain data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The bytes end inside a value.
    #[error("plain data is cut short at byte {0}")]
    Short(usize),
    /// A tag that the encoding does not have.
    #[error("plain data has the unknown tag {tag:#04x} at byte {at}")]
    Tag {
        /// The tag.
        tag: u8,
        /// Its place.
        at: usize,
    },
    /// Content its tag does not allow.
    #[error("plain data has malformed content at byte {0}")]
    Malformed(usize),
    /// Nested too deep.
    #[error("plain data is nested deeper than {MAX_DEPTH}")]
    Depth,
    /// Too large.
    #[error("plain data is larger than {MAX_BYTES} bytes")]
    Size,
    /// More values than there is room for.
    #[error("plain data has more values than there is room for (at most {MAX_VALUES})")]
    Values,
    /// Bytes after the value.
    #[error("plain data has trailing bytes from byte {0}")]
    Trailing(usize),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let same_members = |a: &[Value], b: &[Value]| {
            a.len() == b.len() && sorted_encodings(a) == sorted_encodings(b)
        };
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b))
            | (Self::Str(a), Self::Str(b))
            | (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Complex(a, b), Self::Complex(c, d)) => {
                (a.to_bits(), b.to_bits()) == (c.to_bits(), d.to_bits())
            }
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Set(a), Self::Set(b)) | (Self::FrozenSet(a), Self::FrozenSet(b)) => {
                same_members(a, b)
            }
            (Self::Dict(a), Self::Dict(b)) => {
                let pairs = |d: &[(Value, Value)]| -> Vec<Value> {
                    d.iter()
                        .map(|(k, v)| Value::Tuple(vec![k.clone(), v.clone()]))
                        .collect()
                };
                same_members(&pairs(a), &pairs(b))
            }
            (Self::Range(a), Self::Range(b)) => a == b,
            (Self::Known(a, x), Self::Known(b, y)) => a == b && x == y,
            (Self::Handle(a), Self::Handle(b)) => a == b,
            _ => false,
        }
    }
}

fn sorted_encodings(values: &[Value]) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = values.iter().map(canonical).collect();
    all.sort();
    all
}

/// An encoding that is equal exactly where the values are.
fn canonical(value: &Value) -> Vec<u8> {
    fn sort(value: &Value) -> Value {
        let sorted = |items: &[Value]| {
            let mut items: Vec<_> = items.iter().map(sort).collect();
            items.sort_by_cached_key(encode);
            items
        };
        match value {
            Value::List(v) => Value::List(v.iter().map(sort).collect()),
            Value::Tuple(v) => Value::Tuple(v.iter().map(sort).collect()),
            Value::Set(v) => Value::Set(sorted(v)),
            Value::FrozenSet(v) => Value::FrozenSet(sorted(v)),
            Value::Dict(v) => {
                let mut v: Vec<_> = v.iter().map(|(k, v)| (sort(k), sort(v))).collect();
                v.sort_by_cached_key(|(k, _)| encode(k));
                Value::Dict(v)
            }
            Value::Known(name, v) => Value::Known(name.clone(), Box::new(sort(v))),
            other => other.clone(),
        }
    }
    encode(&sort(value))
}

/// Encodes a value.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    let sized = |tag: u8, bytes: &[u8], out: &mut Vec<u8>| {
        out.push(tag);
        length(bytes.len(), out);
        out.extend_from_slice(bytes);
    };
    let many = |tag: u8, items: &[Value], out: &mut Vec<u8>| {
        out.push(tag);
        length(items.len(), out);
        for item in items {
            write(item, out);
        }
    };
    match value {
        Value::None => out.push(b'N'),
        Value::Bool(true) => out.push(b'T'),
        Value::Bool(false) => out.push(b'F'),
        Value::Int(n) => {
            out.push(b'i');
            out.extend_from_slice(&n.to_le_bytes());
        }
        Value::BigInt(bytes) => sized(b'I', bytes, out),
        Value::Float(x) => {
            out.push(b'f');
            out.extend_from_slice(&x.to_le_bytes());
        }
        Value::Complex(re, im) => {
            out.push(b'c');
            out.extend_from_slice(&re.to_le_bytes());
            out.extend_from_slice(&im.to_le_bytes());
        }
        Value::Str(text) => sized(b's', text, out),
        Value::Bytes(bytes) => sized(b'b', bytes, out),
        Value::List(items) => many(b'l', items, out),
        Value::Tuple(items) => many(b't', items, out),
        Value::Set(items) => many(b'S', items, out),
        Value::FrozenSet(items) => many(b'Z', items, out),
        Value::Dict(pairs) => {
            out.push(b'd');
            length(pairs.len(), out);
            for (key, value) in pairs {
                write(key, out);
                write(value, out);
            }
        }
        Value::Range(bounds) => {
            out.push(b'r');
            for bound in bounds.iter() {
                write(bound, out);
            }
        }
        Value::Known(name, content) => {
            sized(b'K', name.as_bytes(), out);
            write(content, out);
        }
        Value::Handle(id) => {
            out.push(b'h');
            out.extend_from_slice(&id.to_le_bytes());
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "what is over MAX_BYTES never crosses"
)]
fn length(n: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(n as u32).to_le_bytes());
}

/// Decodes a whole value.
///
/// # Errors
/// Where the bytes are not exactly one value within the limits.
pub fn decode(bytes: &[u8]) -> Result<Value, ValueError> {
    if bytes.len() > MAX_BYTES {
        return Err(ValueError::Size);
    }
    whole(Reader {
        bytes,
        at: 0,
        room: MAX_VALUES,
        deepest: MAX_DEPTH,
    })
}

/// Decodes a whole value of one's own making, which may be larger than what crosses.
///
/// # Errors
/// Where the bytes are not exactly one value.
pub fn decode_trusted(bytes: &[u8]) -> Result<Value, ValueError> {
    whole(Reader {
        bytes,
        at: 0,
        room: usize::MAX,
        // Within the stack of any thread, and deeper than any reader of tasks goes.
        deepest: 1000,
    })
}

fn whole(mut reader: Reader<'_>) -> Result<Value, ValueError> {
    let value = reader.value(0)?;
    if reader.at != reader.bytes.len() {
        return Err(ValueError::Trailing(reader.at));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Values that may still be read.
    room: usize,
    /// Nesting that is read.
    deepest: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], ValueError> {
        let end = self
            .at
            .checked_add(n)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(ValueError::Short(self.bytes.len()))?;
        let slice = &self.bytes[self.at..end];
        self.at = end;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ValueError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    fn sized(&mut self) -> Result<&'a [u8], ValueError> {
        let n = u32::from_le_bytes(self.array()?) as usize;
        self.take(n)
    }

    /// The count of items. Each takes at least one byte, so a false count allocates nothing.
    fn count(&mut self) -> Result<usize, ValueError> {
        let n = u32::from_le_bytes(self.array()?) as usize;
        if n > self.bytes.len() - self.at {
            return Err(ValueError::Short(self.bytes.len()));
        }
        Ok(n)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Value>, ValueError> {
        let n = self.count()?;
        (0..n).map(|_| self.value(depth + 1)).collect()
    }

    fn integer(&mut self, depth: usize) -> Result<Value, ValueError> {
        let at = self.at;
        match self.value(depth + 1)? {
            value @ (Value::Int(_) | Value::BigInt(_)) => Ok(value),
            _ => Err(ValueError::Malformed(at)),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ValueError> {
        if depth > self.deepest {
            return Err(ValueError::Depth);
        }
        self.room = self.room.checked_sub(1).ok_or(ValueError::Values)?;
        let at = self.at;
        let [tag] = self.array()?;
        Ok(match tag {
            b'N' => Value::None,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'i' => Value::Int(i64::from_le_bytes(self.array()?)),
            b'I' => {
                let bytes = self.sized()?;
                if !is_minimal_big(bytes) {
                    return Err(ValueError::Malformed(at));
                }
                Value::BigInt(bytes.to_vec())
            }
            b'f' => Value::Float(f64::from_le_bytes(self.array()?)),
            b'c' => Value::Complex(
                f64::from_le_bytes(self.array()?),
                f64::from_le_bytes(self.array()?),
            ),
            b's' => {
                let text = self.sized()?;
                if !is_wtf8(text) {
                    return Err(ValueError::Malformed(at));
                }
                Value::Str(text.to_vec())
            }
            b'b' => Value::Bytes(self.sized()?.to_vec()),
            b'l' => Value::List(self.items(depth)?),
            b't' => Value::Tuple(self.items(depth)?),
            b'S' => Value::Set(self.items(depth)?),
            b'Z' => Value::FrozenSet(self.items(depth)?),
            b'd' => {
                let n = self.count()?;
                let pair = |r: &mut Self| Ok((r.value(depth + 1)?, r.value(depth + 1)?));
                Value::Dict((0..n).map(|_| pair(self)).collect::<Result<_, _>>()?)
            }
            b'r' => Value::Range(Box::new([
                self.integer(depth)?,
                self.integer(depth)?,
                self.integer(depth)?,
            ])),
            b'K' => {
                let name = std::str::from_utf8(self.sized()?);
                let name = name.map_err(|_| ValueError::Malformed(at))?.to_owned();
                Value::Known(name, Box::new(self.value(depth + 1)?))
            }
            b'h' => Value::Handle(u32::from_le_bytes(self.array()?)),
            tag => return Err(ValueError::Tag { tag, at }),
        })
    }
}

/// Longer than 8 bytes, and no shorter two's complement would say the same.
fn is_minimal_big(bytes: &[u8]) -> bool {
    let [.., second, top] = bytes else {
        return false;
    };
    let redundant = (*top == 0 && second & 0x80 == 0) || (*top == 0xff && second & 0x80 != 0);
    bytes.len() > 8 && !redundant
}

/// UTF-8 that may also hold lone surrogates (`ED A0..BF xx`), as Python's `surrogatepass` writes them.
fn is_wtf8(mut bytes: &[u8]) -> bool {
    loop {
        let Err(error) = std::str::from_utf8(bytes) else {
            return true;
        };
        bytes = &bytes[error.valid_up_to()..];
        match bytes {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
            _ => return false,
        }
    }
}
