//! Any value that may cross between Python and the host in both directions, as CPython itself would have it: members of
//! sets and keys of dicts are different and can be hashed, fractions are in lowest terms.

use std::collections::BTreeSet;

use falcon_episode::{Value, encode};
use proptest::{collection::vec, prelude::*, sample::select};

/// Any value.
pub(super) fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![4 => hashable(), 1 => unhashable()];
    let nested = leaf.prop_recursive(4, 32, 4, |item| {
        let items = vec(item.clone(), 0..4);
        let keys = vec(hashable(), 0..4).prop_map(distinct);
        let pairs = vec((hashable(), item), 0..4).prop_map(distinct_keys);
        prop_oneof![
            items.clone().prop_map(Value::List),
            items.clone().prop_map(Value::Tuple),
            keys.clone().prop_map(Value::Set),
            keys.clone().prop_map(Value::FrozenSet),
            pairs.clone().prop_map(Value::Dict),
            known_containers(items, keys, pairs),
        ]
    });
    nested.boxed()
}

/// The containers that are known by name.
fn known_containers(
    items: impl Strategy<Value = Vec<Value>> + Clone + 'static,
    keys: impl Strategy<Value = Vec<Value>> + Clone + 'static,
    pairs: impl Strategy<Value = Vec<(Value, Value)>> + Clone + 'static,
) -> BoxedStrategy<Value> {
    let dict = pairs.clone().prop_map(Value::Dict);
    let factory = prop_oneof![Just(Value::None), type_name()];
    let limit = prop_oneof![Just(None), (0..3_usize).prop_map(Some)];
    let tuple = |(a, b): (Value, Value)| Value::Tuple(vec![a, b]);
    prop_oneof![
        dict.clone().prop_map(|d| known("collections.Counter", d)),
        dict.clone()
            .prop_map(|d| known("collections.OrderedDict", d)),
        (factory, dict).prop_map(move |both| known("collections.defaultdict", tuple(both))),
        (items.clone(), limit).prop_map(move |(items, room)| {
            let room = room.map_or(Value::None, |room| int(items.len() + room));
            known("collections.deque", tuple((Value::List(items), room)))
        }),
        keys.prop_map(|keys| known("dict_keys", Value::List(keys))),
        items.prop_map(|items| known("dict_values", Value::List(items))),
        pairs.prop_map(move |pairs| {
            known(
                "dict_items",
                Value::List(pairs.into_iter().map(tuple).collect()),
            )
        }),
    ]
    .boxed()
}

fn unhashable() -> BoxedStrategy<Value> {
    let bound = || prop_oneof![3 => any::<i64>().prop_map(Value::Int), 1 => big()];
    let step = bound().prop_filter("a step of 0", |step| *step != Value::Int(0));
    prop_oneof![
        bytes().prop_map(|bytes| known("bytearray", Value::Bytes(bytes))),
        array(),
        // It can be hashed; two that hold nothing are one, which the members of sets would have to know.
        (bound(), bound(), step).prop_map(|(a, b, c)| Value::Range(Box::new([a, b, c]))),
    ]
    .boxed()
}

/// Type codes with the size of an element.
const CODES: [(&str, usize); 12] = [
    ("b", 1),
    ("B", 1),
    ("h", 2),
    ("H", 2),
    ("i", 4),
    ("I", 4),
    ("l", 4),
    ("L", 4),
    ("q", 8),
    ("Q", 8),
    ("f", 4),
    ("d", 8),
];

fn array() -> BoxedStrategy<Value> {
    (select(CODES.to_vec()), vec(any::<u8>(), 0..32))
        .prop_map(|((code, size), mut bytes)| {
            bytes.truncate(bytes.len() / size * size);
            let content = vec![text(code), Value::Bytes(bytes)];
            known("array.array", Value::Tuple(content))
        })
        .boxed()
}

/// What may be a member of a set, or a key.
fn hashable() -> BoxedStrategy<Value> {
    let one = prop_oneof![3 => scalar(), 1 => known_scalar()];
    one.prop_recursive(2, 8, 3, |item| {
        let items = vec(item, 0..3);
        prop_oneof![
            items.clone().prop_map(Value::Tuple),
            items.prop_map(distinct).prop_map(Value::FrozenSet),
        ]
    })
    .boxed()
}

fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-3..4_i64).prop_map(Value::Int),
        big(),
        float().prop_map(Value::Float),
        (float(), float()).prop_map(|(re, im)| Value::Complex(re, im)),
        vec(code_point(), 0..12).prop_map(|points| Value::Str(wtf8(&points))),
        bytes().prop_map(Value::Bytes),
    ]
    .boxed()
}

/// Integers of more than 64 bits.
fn big() -> BoxedStrategy<Value> {
    vec(any::<u8>(), 9..40)
        .prop_map(|mut bytes| {
            let (last, before) = (bytes[bytes.len() - 1], bytes[bytes.len() - 2]);
            // As short as possible: the last byte says more than the sign of the one before it.
            if (last == 0 && before < 0x80) || (last == 0xff && before >= 0x80) {
                *bytes.last_mut().unwrap() = 1;
            }
            Value::BigInt(bytes)
        })
        .boxed()
}

/// Floats of any bits, and those that are special.
fn float() -> BoxedStrategy<f64> {
    let special = [
        0.0,
        -0.0,
        0.1,
        5e-324,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        9_007_199_254_740_992.0,
    ];
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        select(special.to_vec())
    ]
    .boxed()
}

/// Of every length in UTF-8, halves of pairs among them.
fn code_point() -> BoxedStrategy<u32> {
    prop_oneof![
        0..0x80_u32,
        0x80..0x800_u32,
        0x800..0xd800_u32,
        0xd800..0xe000_u32,
        0xe000..0x1_0000_u32,
        0x1_0000..0x11_0000_u32,
    ]
    .boxed()
}

fn bytes() -> BoxedStrategy<Vec<u8>> {
    vec(any::<u8>(), 0..12).boxed()
}

/// Values of known types that can be hashed.
fn known_scalar() -> BoxedStrategy<Value> {
    let day = || (1..=9999_i64, 1..=12_i64, 1..=28_i64);
    let moment = || (0..24_i64, 0..60_i64, 0..60_i64, 0..1_000_000_i64, 0..2_i64);
    let whole = |fields: Vec<i64>| Value::Tuple(fields.into_iter().map(Value::Int).collect());
    prop_oneof![
        decimal().prop_map(|digits| known("decimal.Decimal", text(&digits))),
        (-1000..1000_i64, 1..1000_i64).prop_map(move |(n, d)| {
            let by = common_divisor(n.unsigned_abs(), d.unsigned_abs()).cast_signed();
            known("fractions.Fraction", whole(vec![n / by, d / by]))
        }),
        day().prop_map(move |(y, m, d)| known("datetime.date", whole(vec![y, m, d]))),
        moment().prop_map(move |(h, m, s, us, fold)| {
            known("datetime.time", whole(vec![h, m, s, us, fold]))
        }),
        (day(), moment()).prop_map(move |((y, mo, d), (h, mi, s, us, fold))| {
            known(
                "datetime.datetime",
                whole(vec![y, mo, d, h, mi, s, us, fold]),
            )
        }),
        (
            -999_999_999..=999_999_999_i64,
            0..86_400_i64,
            0..1_000_000_i64
        )
            .prop_map(move |(d, s, us)| known("datetime.timedelta", whole(vec![d, s, us]))),
        type_name().prop_map(|name| known("type", name)),
        Just(known("Ellipsis", Value::None)),
        Just(known("NotImplemented", Value::None)),
    ]
    .boxed()
}

fn type_name() -> BoxedStrategy<Value> {
    let names = [
        "NoneType",
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "range",
        "set",
        "str",
        "tuple",
    ];
    select(names.to_vec()).prop_map(text).boxed()
}

/// A decimal number as it writes itself: the specification of decimal arithmetic, "to-scientific-string".
fn decimal() -> BoxedStrategy<String> {
    let number =
        (any::<bool>(), 0..u64::MAX, -40..40_i64).prop_map(|(negative, digits, exponent)| {
            let digits = digits.to_string();
            let sign = if negative { "-" } else { "" };
            let length = i64::try_from(digits.len()).unwrap();
            let adjusted = exponent + length - 1;
            if exponent > 0 || adjusted < -6 {
                let (first, rest) = digits.split_at(1);
                let point = if rest.is_empty() { "" } else { "." };
                return format!("{sign}{first}{point}{rest}E{adjusted:+}");
            }
            let before = usize::try_from(length + exponent).unwrap_or(0);
            let zeros = "0".repeat(usize::try_from(-(length + exponent)).unwrap_or(0));
            let (whole, part) = digits.split_at(before);
            let whole = if whole.is_empty() { "0" } else { whole };
            let point = if exponent == 0 { "" } else { "." };
            format!("{sign}{whole}{point}{zeros}{part}")
        });
    let special = ["NaN", "Infinity", "-Infinity"].map(str::to_owned).to_vec();
    prop_oneof![8 => number, 1 => select(special)].boxed()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn known(name: &str, content: Value) -> Value {
    Value::Known(name.to_owned(), Box::new(content))
}

fn text(text: &str) -> Value {
    Value::Str(text.as_bytes().to_vec())
}

fn int(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap())
}

/// UTF-8 in which halves of pairs may stand.
fn wtf8(points: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    for point in points {
        let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
        match point {
            0..0x80 => out.push(*point as u8),
            0x80..0x800 => out.extend([0xc0 | (point >> 6) as u8, tail(0)]),
            0x800..0x1_0000 => out.extend([0xe0 | (point >> 12) as u8, tail(6), tail(0)]),
            _ => out.extend([0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)]),
        }
    }
    out
}

/// Those that are different for Python.
fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let new = |item: &Value| seen.insert(identity(item));
    items.into_iter().filter(new).collect()
}

fn distinct_keys(pairs: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    let mut seen = BTreeSet::new();
    let new = |(key, _): &(Value, Value)| seen.insert(identity(key));
    pairs.into_iter().filter(new).collect()
}

/// The same for what Python takes for equal, and for some that it does not: numbers are equal across their types.
fn identity(value: &Value) -> String {
    let number = |x: f64| format!("number {:?}", x + 0.0);
    let all = |items: &[Value]| items.iter().map(identity).collect::<Vec<_>>().join(", ");
    match value {
        Value::Bool(yes) => number(f64::from(u8::from(*yes))),
        Value::Int(n) => number(*n as f64),
        Value::BigInt(bytes) => {
            let sign = f64::from(bytes[bytes.len() - 1].cast_signed());
            let rest = bytes[..bytes.len() - 1].iter().rev();
            number(rest.fold(sign, |sum, byte| sum * 256.0 + f64::from(*byte)))
        }
        Value::Float(x) => number(*x),
        Value::Complex(re, im) if *im == 0.0 => number(*re),
        Value::Tuple(items) => format!("({})", all(items)),
        Value::FrozenSet(items) => {
            let mut members: Vec<_> = items.iter().map(identity).collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
        Value::Known(name, content) => match (name.as_str(), &**content) {
            ("decimal.Decimal", Value::Str(digits)) => {
                let digits = String::from_utf8_lossy(digits);
                number(digits.parse().unwrap())
            }
            ("fractions.Fraction", Value::Tuple(parts)) => match parts[..] {
                [Value::Int(n), Value::Int(d)] => number(n as f64 / d as f64),
                _ => unreachable!("a fraction is of two integers"),
            },
            // The last field says which of two equal times it is, and does not count.
            ("datetime.time" | "datetime.datetime", Value::Tuple(fields)) => {
                format!("{name} {}", all(&fields[..fields.len() - 1]))
            }
            _ => format!("{:?}", encode(value)),
        },
        _ => format!("{:?}", encode(value)),
    }
}
