//! Makes a value of the tests what the program made of it, keeping the identity of what is nested in it.

use falcon_sdk::language::value::Value as Plain;

use super::decode::{Known, Malformed, decode};
use crate::engine::{Kind, Value};

/// Changes a container in place. Where the two are of different kinds nothing is changed.
pub(crate) fn update(before: &Value, after: &Plain, known: Known<'_>) -> Result<(), Malformed> {
    match (before.kind(), after) {
        (Kind::Array, Plain::List(items)) => {
            for (at, item) in (0..).zip(items) {
                let old = before.own_index(at).data();
                let new = kept(old, item, known)?;
                before.set_index(at, &new)?;
            }
            let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
            before.set_length(length)?;
        }
        (Kind::Object, Plain::Dict(pairs)) => object(before, pairs, known)?,
        (Kind::Object, Plain::Known(name, content)) if name == "bare" => {
            if let Plain::Dict(pairs) = &**content {
                object(before, pairs, known)?;
            }
        }
        (Kind::Map, Plain::Known(name, content)) if name == "Map" => {
            records(before, content, known)?;
        }
        (Kind::Set, Plain::Known(name, content)) if name == "Set" => {
            records(before, content, known)?;
        }
        (Kind::TypedArray, Plain::Known(name, _)) => {
            let now = decode(after, known)?;
            if super::typed_array_name(before.typed_array_parts().0) == name {
                let (_, count, _) = now.typed_array_parts();
                for at in 0..count {
                    let key = Value::number(f64::from(at));
                    before.set_property(&key, &now.get(&key)?)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn object(before: &Value, pairs: &[(Plain, Plain)], known: Known<'_>) -> Result<(), Malformed> {
    let mut fresh = Vec::with_capacity(pairs.len());
    for (key, item) in pairs {
        let key = decode(key, known)?;
        let old = before.own(&key).data();
        fresh.push((key, kept(old, item, known)?));
    }
    // All out and in again, so that the order is the program's.
    for key in before.own_keys(false, false) {
        before.delete(&key)?;
    }
    for (key, item) in fresh {
        before.define_key(&key, &item)?;
    }
    Ok(())
}

fn records(before: &Value, content: &Plain, known: Known<'_>) -> Result<(), Malformed> {
    let Plain::List(items) = content else {
        return Ok(());
    };
    let old = before.records();
    let mut fresh = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let (old_key, old_value) = (old.get(2 * at).cloned(), old.get(2 * at + 1).cloned());
        fresh.push(match item {
            Plain::Tuple(pair) if pair.len() == 2 => (
                kept(old_key, &pair[0], known)?,
                kept(old_value, &pair[1], known)?,
            ),
            item => {
                let key = kept(old_key, item, known)?;
                (key.clone(), key)
            }
        });
    }
    before.map_clear();
    for (key, value) in fresh {
        before.map_set(&key, &value)?;
    }
    Ok(())
}

/// The old value made what the new one is, where that can be done.
fn kept(old: Option<Value>, new: &Plain, known: Known<'_>) -> Result<Value, Malformed> {
    let same_kind = |old: &Value| match (old.kind(), new) {
        (Kind::Array, Plain::List(_)) | (Kind::Object, Plain::Dict(_)) => true,
        (Kind::Object, Plain::Known(name, _)) => name == "bare" && old.prototype_is() == 0,
        (Kind::Map, Plain::Known(name, _)) => name == "Map",
        (Kind::Set, Plain::Known(name, _)) => name == "Set",
        _ => false,
    };
    match old {
        Some(old) if same_kind(&old) => {
            update(&old, new, known)?;
            Ok(old)
        }
        _ => decode(new, known),
    }
}
