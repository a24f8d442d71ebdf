//! `deepEqual` and `deepStrictEqual` as node means them. No getter runs but those that are compared.

use std::collections::HashSet;

use crate::engine::{Class, Kind, Property, Thrown, Value};

/// Deepest nesting that is compared.
const DEPTH: usize = 2000;

/// Whether two values are deeply equal.
///
/// # Errors
/// Where they are nested too deep, or a getter throws.
pub(crate) fn deeply(a: &Value, b: &Value, strict: bool) -> Result<bool, Thrown> {
    Comparison {
        strict,
        open: HashSet::new(),
        depth: 0,
    }
    .equal(a, b)
}

struct Comparison {
    strict: bool,
    /// Pairs of objects that are being compared: where they come again they are taken for equal.
    open: HashSet<(u64, u64)>,
    depth: usize,
}

impl Comparison {
    fn equal(&mut self, a: &Value, b: &Value) -> Result<bool, Thrown> {
        if a.kind() == Kind::Proxy || b.kind() == Kind::Proxy {
            // On the test side an object of the program, which is no answer however deep it lies.
            crate::world::look_at(&[a.clone(), b.clone()])?;
        }
        if a.same(b) {
            return Ok(true);
        }
        if a.is_object() != b.is_object() {
            return Ok(false);
        }
        if !a.is_object() {
            let nan = |value: &Value| value.kind() == Kind::Number && value.to_number().is_nan();
            return Ok(!self.strict && (a.loosely_equals(b) || (nan(a) && nan(b))));
        }
        if a.kind() != b.kind() {
            return Ok(false);
        }
        if self.strict && a.prototype().address() != b.prototype().address() {
            return Ok(false);
        }
        let pair = (a.address(), b.address());
        if !self.open.insert(pair) {
            return Ok(true);
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Thrown::new(
                Class::RangeError,
                "the values are nested too deep to be compared",
            ));
        }
        let equal = self.objects(a, b);
        self.depth -= 1;
        self.open.remove(&pair);
        equal
    }

    fn objects(&mut self, a: &Value, b: &Value) -> Result<bool, Thrown> {
        let same = match a.kind() {
            Kind::Array | Kind::Arguments => a.array_length() == b.array_length(),
            Kind::Date => a.inside().same(&b.inside()),
            Kind::Boxed => a.inside().same(&b.inside()),
            Kind::RegExp => {
                let ((one, flags), (other, others)) = (a.regexp_parts(), b.regexp_parts());
                one.same(&other) && flags == others
            }
            Kind::TypedArray => {
                let (one, other) = (a.typed_array_parts(), b.typed_array_parts());
                let loosely = !self.strict && one.0 == other.0 && one.0 >= FLOATS;
                one == other && !loosely || loosely && one.1 == other.1 && same_floats(a, b, one.1)
            }
            Kind::ArrayBuffer => a.buffer_bytes() == b.buffer_bytes(),
            Kind::Error => {
                let text = |value: &Value, name| value.inherited(name).map(|found| found.text());
                ["name", "message"]
                    .iter()
                    .all(|name| text(a, name) == text(b, name))
            }
            Kind::Map => return Ok(self.maps(a, b)? && self.properties(a, b)?),
            Kind::Set => return Ok(self.sets(a, b)? && self.properties(a, b)?),
            Kind::Function | Kind::Promise | Kind::Weak | Kind::Proxy | Kind::Iterator => false,
            _ => true,
        };
        Ok(same && self.properties(a, b)?)
    }

    fn properties(&mut self, a: &Value, b: &Value) -> Result<bool, Thrown> {
        let (keys, others) = (
            a.own_keys(false, self.strict),
            b.own_keys(false, self.strict),
        );
        if keys.len() != others.len() {
            return Ok(false);
        }
        for key in keys {
            let (Some(one), Some(other)) = (read(a, &key)?, read(b, &key)?) else {
                return Ok(false);
            };
            if !self.equal(&one, &other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn sets(&mut self, a: &Value, b: &Value) -> Result<bool, Thrown> {
        let (items, others) = (a.records(), b.records());
        if items.len() != others.len() {
            return Ok(false);
        }
        let mut left: Vec<_> = others.chunks_exact(2).map(|pair| &pair[0]).collect();
        for pair in items.chunks_exact(2) {
            let Some(at) = self.find(&pair[0], &left, |item| item)? else {
                return Ok(false);
            };
            left.swap_remove(at);
        }
        Ok(true)
    }

    fn maps(&mut self, a: &Value, b: &Value) -> Result<bool, Thrown> {
        let (items, others) = (a.records(), b.records());
        if items.len() != others.len() {
            return Ok(false);
        }
        let mut left: Vec<_> = others.chunks_exact(2).collect();
        for pair in items.chunks_exact(2) {
            let mut found = None;
            for (at, other) in left.iter().enumerate() {
                if self.equal(&pair[0], &other[0])? && self.equal(&pair[1], &other[1])? {
                    found = Some(at);
                    break;
                }
            }
            let Some(at) = found else {
                return Ok(false);
            };
            left.swap_remove(at);
        }
        Ok(true)
    }

    fn find<'a, T>(
        &mut self,
        wanted: &Value,
        among: &[&'a T],
        of: impl Fn(&'a T) -> &'a Value,
    ) -> Result<Option<usize>, Thrown> {
        for (at, item) in among.iter().enumerate() {
            if self.equal(wanted, of(item))? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}

/// The number of the first type of arrays of floats.
const FLOATS: i32 = 9;

/// Whether arrays of floats hold equal numbers: here 0 is -0, and nan is not itself.
#[allow(clippy::float_cmp, reason = "as node compares them")]
fn same_floats(a: &Value, b: &Value, count: u32) -> bool {
    let number = |array: &Value, at| array.own_index(at).data().map(|item| item.to_number());
    (0..count).all(|at| number(a, at) == number(b, at))
}

fn read(value: &Value, key: &Value) -> Result<Option<Value>, Thrown> {
    Ok(match value.own(key) {
        Property::Data(item) => Some(item),
        Property::Accessor(_) => Some(value.get(key)?),
        Property::Absent => None,
    })
}
