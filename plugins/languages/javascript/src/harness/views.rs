//! Containers that the tests read from properties of handles, and may change in place: what they change is
//! set in the program before the next step that crosses.

use std::cell::RefCell;

use falcon_sdk::language::{Operation, value};

use super::link::{Use, carry_only, encoded};
use crate::{
    data,
    engine::{Kind, Thrown, Value},
};

/// Containers that are followed. Each is looked at before each crossing.
const MOST: usize = 100;

struct View {
    number: u32,
    name: String,
    value: Value,
    /// What it was when it was read or written last.
    data: Vec<u8>,
}

thread_local! {
    static VIEWS: RefCell<Vec<View>> = const { RefCell::new(Vec::new()) };
}

/// The container that was read from here before, brought up to date, or this one.
pub(super) fn kept(number: u32, name: &str, found: Value) -> Result<Value, Thrown> {
    let followed = matches!(
        found.kind(),
        Kind::Array | Kind::Object | Kind::Map | Kind::Set
    );
    let before = taken(number, name);
    if !followed {
        return Ok(found);
    }
    let plain = encoded(&found, true)?;
    let value = match before {
        Some(before) if before.kind() == found.kind() => {
            let known = &mut super::handles::known;
            match data::update(&before, &plain, known) {
                Ok(()) => before,
                Err(_) => found,
            }
        }
        _ => found,
    };
    let view = View {
        number,
        name: name.to_owned(),
        value: value.clone(),
        data: value::encode(&plain),
    };
    VIEWS.with_borrow_mut(|views| {
        views.push(view);
        if views.len() > MOST {
            views.remove(0);
        }
    });
    Ok(value)
}

fn taken(number: u32, name: &str) -> Option<Value> {
    VIEWS.with_borrow_mut(|views| {
        let at = views
            .iter()
            .position(|view| view.number == number && view.name == name)?;
        Some(views.remove(at).value)
    })
}

/// Lets go of what was read from here.
pub(super) fn forget(number: u32, name: &str) {
    taken(number, name);
}

/// Sets in the program what the tests changed since.
pub(super) fn write_back() -> Result<(), Thrown> {
    let followed = VIEWS.with_borrow(|views| views.len());
    for at in 0..followed {
        let view = VIEWS.with_borrow(|views| {
            let view = views.get(at)?;
            Some((view.number, view.name.clone(), view.value.clone()))
        });
        let Some((number, name, value)) = view else {
            return Ok(());
        };
        let now = value::encode(&encoded(&value, true)?);
        let changed = VIEWS.with_borrow_mut(|views| match views.get_mut(at) {
            Some(view) if view.data != now => {
                view.data = now;
                true
            }
            _ => false,
        });
        if changed {
            let operation = Operation::SetAttribute((number, name));
            let how = Use {
                arguments: &[value],
                on_handle: true,
                ..Use::default()
            };
            // A property that cannot be set gives out copies, and changing one changes nothing.
            if let Err(thrown) = carry_only(&operation, &how)
                && thrown.for_good
            {
                return Err(thrown);
            }
        }
    }
    Ok(())
}
