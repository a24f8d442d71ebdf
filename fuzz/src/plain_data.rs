use falcon_value::{MAX_DEPTH, MAX_VALUES, Value, ValueError, decode, decode_trusted, encode};

/// A list of one value, without the value.
const LIST: &[u8] = b"l\x01\0\0\0";

/// What is decoded is within the limits, equal to itself, and encodes to the same bytes; in so many lists that it is
/// nested as deep as may be it is decoded too, and in one more it is refused. What is refused for no limit is
/// refused of one's own making as well.
pub fn plain_data(bytes: &[u8]) {
    let value = match decode(bytes) {
        Ok(value) => value,
        Err(ValueError::Depth | ValueError::Values | ValueError::Size) => return,
        Err(error) => return assert_eq!(decode_trusted(bytes), Err(error)),
    };
    assert_eq!(encode(&value), bytes, "it encodes to other bytes");
    let (count, depth) = measure(&value);
    assert!(count <= MAX_VALUES && depth <= MAX_DEPTH);
    // Equality sorts the members of sets, which is not for large values.
    if bytes.len() <= 1024 {
        assert_eq!(decode_trusted(bytes).as_ref(), Ok(&value));
        let deepest = [LIST.repeat(MAX_DEPTH - depth), bytes.to_vec()].concat();
        assert!(decode(&deepest).is_ok());
        let deeper = [LIST, &deepest].concat();
        assert_eq!(decode(&deeper), Err(ValueError::Depth));
    }
}

/// How many values there are at every level, and how deep the deepest is.
fn measure(value: &Value) -> (usize, usize) {
    let all = |items: &mut dyn Iterator<Item = &Value>| {
        items.map(measure).fold((1, 0), |(count, depth), (n, d)| {
            (count + n, depth.max(d + 1))
        })
    };
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            all(&mut items.iter())
        }
        Value::Dict(pairs) => all(&mut pairs.iter().flat_map(|(key, value)| [key, value])),
        Value::Range(bounds) => all(&mut bounds.iter()),
        Value::Known(_, content) => all(&mut std::iter::once(&**content)),
        _ => (1, 0),
    }
}
