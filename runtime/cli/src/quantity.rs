//! Quantities with units, as options take them: `256MiB`, `5s`.

use std::{fmt, str::FromStr, time::Duration};

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const UNITS: [(&str, u64); 8] = [
            ("", 1),
            ("b", 1),
            ("kib", 1 << 10),
            ("mib", 1 << 20),
            ("gib", 1 << 30),
            ("kb", 1_000),
            ("mb", 1_000_000),
            ("gb", 1_000_000_000),
        ];
        let (number, unit) = split(text);
        let unit = unit.to_lowercase();
        let factor = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor);
        number
            .parse::<u64>()
            .ok()
            .zip(factor)
            .and_then(|(number, factor)| number.checked_mul(factor))
            .map(Self)
            .ok_or_else(|| "expected a size such as 256MiB or 1GiB".to_owned())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 >= factor {
                let whole = self.0.is_multiple_of(factor);
                let value = self.0 as f64 / factor as f64;
                return if whole {
                    write!(f, "{value}{unit}")
                } else {
                    write!(f, "{value:.1}{unit}")
                };
            }
        }
        write!(f, "{}B", self.0)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text);
        let seconds = match unit {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => f64::NAN,
        } * number.parse::<f64>().unwrap_or(f64::NAN);
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|span| !span.is_zero())
            .map(Self)
            .ok_or_else(|| "expected a time such as 500ms, 5s or 2min".to_owned())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds < 1.0 {
            write!(f, "{}ms", seconds * 1000.0)
        } else {
            write!(f, "{seconds}s")
        }
    }
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// Seconds as people read them: `0.8 s`, `42 s`, `5m12s`, `1h03m`.
pub(crate) fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1}s"),
        10..60 => format!("{whole}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// A rate or count in few characters: `873`, `12.4k`, `1.3M`.
pub(crate) fn short(value: f64) -> String {
    match value {
        v if !v.is_finite() => "–".to_owned(),
        v if v >= 1e6 => format!("{:.1}M", v / 1e6),
        v if v >= 1e4 => format!("{:.1}k", v / 1e3),
        v if v >= 10.0 => format!("{v:.0}"),
        v => format!("{v:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("256MiB", Some(256 << 20)),
            ("1 GiB", Some(1 << 30)),
            ("64", Some(64)),
            ("2kB", Some(2000)),
            ("lots", None),
            ("1.5GiB", None),
            ("-1", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(text.parse::<Bytes>().ok().map(|b| b.0), bytes, "{text}");
        }
        assert_eq!(Bytes(256 << 20).to_string(), "256MiB");
    }

    #[test]
    fn spans() {
        for (text, milliseconds) in [
            ("5s", Some(5000)),
            ("500ms", Some(500)),
            ("2min", Some(120_000)),
            ("1.5", Some(1500)),
            ("0s", None),
            ("soon", None),
            ("1e400s", None),
        ] {
            assert_eq!(
                text.parse::<Span>().ok().map(|s| s.0.as_millis()),
                milliseconds,
                "{text}"
            );
        }
    }

    #[test]
    fn shorts() {
        assert_eq!(
            (short(873.2), short(12_400.0), short(0.5)),
            ("873".into(), "12.4k".into(), "0.5".into())
        );
        assert_eq!(
            (seconds(0.84), seconds(312.0), seconds(3785.0)),
            ("0.8s".into(), "5m12s".into(), "1h03m".into())
        );
    }
}
