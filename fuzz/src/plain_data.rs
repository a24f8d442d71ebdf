use falcon_value::{MAX_DEPTH, MAX_VALUES, Value, decode, decode_within, encode};

/// What is decoded is within the limits, equal to itself, and encodes to the same bytes; decoding with less
/// room than values is refused.
pub fn plain_data(bytes: &[u8]) {
    let Ok(value) = decode(bytes) else { return };
    assert_eq!(encode(&value), bytes, "it encodes to other bytes");
    let (count, depth) = measure(&value);
    assert!(count <= MAX_VALUES && depth <= MAX_DEPTH);
    let mut room = count;
    assert!(decode_within(bytes, &mut room).is_ok() && room == 0);
    let mut room = count - 1;
    assert!(decode_within(bytes, &mut room).is_err() && room < count);
    // Equality sorts the members of sets, which is not for large values.
    if bytes.len() <= 1024 {
        assert_eq!(value, value.clone());
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
