//! A judge that does what its settings tell it to do wrong; for the host's tests.

use falcon_sdk::{
    clock,
    judge::{Episode, Error, Finding, Judge, Judgement, Severity, Span},
    kv, log,
    serde::Deserialize,
};

/// The judge.
pub struct Contrary;

/// What it does, and how much of it.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    r#do: String,
    amount: u64,
}

impl Judge for Contrary {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        let amount = config.amount;
        let score = match config.r#do.as_str() {
            "nothing" => amount as f64,
            "panic" => panic!("the amount is {amount}"),
            "index" => f64::from(episode.program.as_bytes()[amount as usize]),
            "error" => {
                return Err(
                    Error::new("too-contrary", "it would not").with("amount", amount.to_string())
                );
            }
            "loop" => forever(amount),
            "recurse" => recurse(amount),
            "allocate" => {
                let bytes = vec![1u8; amount as usize];
                f64::from(bytes[bytes.len() / 2])
            }
            "nan" => f64::NAN,
            "outside" => return Ok(Judgement::of(0.0).credit(0, u32::MAX, 1.0, "")),
            "mark" => return Ok(Judgement::of(0.0).finding(mark(amount as u32))),
            "tell" => {
                let (split, cheapest) = (&episode.split, episode.cheapest_fuel);
                let note = format!("{split:?} {cheapest:?} {:?}", episode.reference);
                let all = mark(episode.program.len() as u32);
                return Ok(Judgement::abstain().finding(all).note(note));
            }
            "log" => {
                (0..amount).for_each(|n| log::info(&format!("message {n}")));
                log::warn(&"long ".repeat(2000));
                0.0
            }
            "clock" => clock::now_ms() as f64,
            "count" => {
                let before = kv::get("count").map_or(0, |bytes| bytes.len());
                kv::set("count", &vec![0; before + 1])?;
                before as f64
            }
            "fill" => {
                for n in 0..amount {
                    kv::set(&format!("key {n}"), &[0; 1000])?;
                }
                0.0
            }
            // The settings lie in memory too, so they are not the secret itself.
            "write-secret" => memory::write(!amount),
            "find-secret" => memory::find(!amount),
            other => return Err(Error::new("unknown", other)),
        };
        Ok(Judgement::of(score))
    }
}

fn mark(end: u32) -> Finding {
    Finding {
        rule: "X1".to_owned(),
        severity: Severity::Warning,
        message: "all of it".to_owned(),
        span: Span { start: 0, end },
        line: 1,
        column: 1,
    }
}

falcon_sdk::export_judge!(Contrary);

fn forever(mut n: u64) -> f64 {
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
        if n == u64::MAX {
            return 0.0;
        }
    }
}

fn recurse(n: u64) -> f64 {
    let n = std::hint::black_box(n);
    if n == u64::MAX {
        0.0
    } else {
        1.0 + recurse(n + 1)
    }
}

/// Everything in reach, by address: an instance may read all of its own memory.
#[allow(unsafe_code)]
mod memory {
    const PAGE: usize = 64 << 10;

    /// Where the memory ended before it was grown to 32 MiB, and where it ends now.
    #[cfg(target_arch = "wasm32")]
    fn grown() -> (usize, usize) {
        const SIZE: usize = 32 << 20;
        let before = core::arch::wasm32::memory_size(0);
        core::arch::wasm32::memory_grow(0, (SIZE / PAGE).saturating_sub(before));
        (before * PAGE, core::arch::wasm32::memory_size(0) * PAGE)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn grown() -> (usize, usize) {
        (PAGE, PAGE)
    }

    /// Fills all memory that was grown with the secret. The count of words written.
    pub(super) fn write(secret: u64) -> f64 {
        let (start, end) = grown();
        for address in (start..end).step_by(8) {
            // SAFETY: these pages were added above, and nothing else knows of them.
            unsafe { (address as *mut u64).write_volatile(secret) };
        }
        ((end - start) / 8) as f64
    }

    /// How often the secret is found in all of memory.
    pub(super) fn find(secret: u64) -> f64 {
        let (_, end) = grown();
        // Not from 0: no reference may be null.
        let found = (8..end).step_by(8).filter(|address| {
            // SAFETY: all of the linear memory may be read.
            unsafe { (*address as *const u64).read_volatile() == secret }
        });
        found.count() as f64
    }
}
