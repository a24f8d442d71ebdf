//! Timers and jobs. Time is the instance's own: a wait is a jump of its clock.

use std::cell::RefCell;

use crate::engine::{self, Class, Kind, Thrown, Value};

struct Timer {
    number: u64,
    /// When it is due, in milliseconds of the instance's clock.
    at: f64,
    /// How long until it is due again, for those that come again.
    every: Option<f64>,
    /// The function and its arguments.
    call: Vec<Value>,
}

#[derive(Default)]
struct Timers {
    waiting: Vec<Timer>,
    last: u64,
}

thread_local! {
    static TIMERS: RefCell<Timers> = RefCell::default();
}

pub(super) fn install(global: &Value) {
    let define = |name: &str, native| {
        let _ = global.define(name, &engine::function(name, 2, native, false), false);
    };
    define("setTimeout", |_, arguments| start(arguments, false));
    define("setInterval", |_, arguments| start(arguments, true));
    define("setImmediate", |_, arguments| {
        let mut call = arguments.to_vec();
        call.insert(1.min(call.len()), Value::number(0.0));
        start(&call, false)
    });
    for name in ["clearTimeout", "clearInterval", "clearImmediate"] {
        define(name, stop);
    }
    define("queueMicrotask", |_, arguments| {
        engine::enqueue(&[callable(arguments)?])?;
        Ok(Value::undefined())
    });
    define("structuredClone", |_, arguments| {
        let value = arguments.first().cloned().unwrap_or_else(Value::undefined);
        if value.is_callable() || matches!(value.kind(), Kind::Symbol | Kind::Promise) {
            let message = "a function, symbol or promise cannot be cloned";
            return Err(Thrown::new(Class::TypeError, message));
        }
        value.structured_clone()
    });
}

fn callable(arguments: &[Value]) -> Result<Value, Thrown> {
    let function = arguments
        .first()
        .filter(|one| one.is_callable() || one.kind() == Kind::Proxy);
    function.cloned().ok_or_else(|| {
        Thrown::new(
            Class::TypeError,
            "The \"callback\" argument must be of type function",
        )
    })
}

fn start(arguments: &[Value], again: bool) -> Result<Value, Thrown> {
    let mut call = vec![callable(arguments)?];
    let delay = arguments.get(1).map_or(0.0, Value::to_number);
    // As node does: what is no delay, or too long a one, is a millisecond.
    let delay = if (1.0..=2_147_483_647.0).contains(&delay) {
        delay.trunc()
    } else {
        1.0
    };
    call.extend(arguments.iter().skip(2).cloned());
    later(call, delay, again.then_some(delay))
}

/// Calls a function after some milliseconds.
pub(crate) fn later(call: Vec<Value>, delay: f64, every: Option<f64>) -> Result<Value, Thrown> {
    let at = engine::now() + delay;
    let number = TIMERS.with_borrow_mut(|timers| {
        timers.last += 1;
        let number = timers.last;
        timers.waiting.push(Timer {
            number,
            at,
            every,
            call,
        });
        number
    });
    Ok(Value::number(number as f64))
}

fn stop(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let number = arguments.first().map_or(f64::NAN, Value::to_number);
    TIMERS.with_borrow_mut(|timers| {
        timers.waiting.retain(|timer| timer.number as f64 != number);
    });
    Ok(Value::undefined())
}

/// Takes the timer that is due next; what was started first comes first.
fn next() -> Option<Timer> {
    TIMERS.with_borrow_mut(|timers| {
        let due = timers.waiting.iter().enumerate().min_by(|(_, a), (_, b)| {
            a.at.trunc()
                .total_cmp(&b.at.trunc())
                .then(a.number.cmp(&b.number))
        });
        let at = due?.0;
        Some(timers.waiting.remove(at))
    })
}

/// Runs the next timer. False where there is none.
fn step() -> Result<bool, Thrown> {
    let Some(timer) = next() else {
        return Ok(false);
    };
    let wait = timer.at - engine::now();
    if wait > 0.0 {
        engine::sleep(wait);
    }
    let call = timer.call.clone();
    if let Some(every) = timer.every {
        let at = engine::now() + every;
        TIMERS.with_borrow_mut(|timers| timers.waiting.push(Timer { at, ..timer }));
    }
    call[0].call(&Value::undefined(), &call[1..])?;
    Ok(true)
}

/// Runs the jobs that are waiting, and those that they make.
pub(crate) fn jobs() -> Result<(), Thrown> {
    while engine::job()? {}
    Ok(())
}

/// Runs jobs and timers until there are none. A rejection that no one handles ends it.
pub(crate) fn run_to_the_end() -> Result<(), Thrown> {
    loop {
        jobs()?;
        if let Some((_, reason)) = engine::take_rejected().into_iter().next() {
            return Err(Thrown::value(reason));
        }
        if !step()? {
            return Ok(());
        }
    }
}

/// The value of a promise: jobs and timers run until it has one.
pub(crate) fn settle(value: Value) -> Result<Value, Thrown> {
    jobs()?;
    if value.kind() != Kind::Promise {
        return Ok(value);
    }
    loop {
        match value.promise_state() {
            1 => return Ok(value.promise_result()),
            2 => return Err(Thrown::value(value.promise_result())),
            _ => {}
        }
        if !step()? {
            let message = "the promise is never settled: nothing is left to wait for";
            return Err(Thrown::new(Class::Error, message));
        }
        jobs()?;
    }
}
