//! A script's answer, or what it threw, in the interface's types.

use falcon_sdk::judge::{Error, Finding, Judgement, Severity};
use serde_json::{Map, Value};

/// How places in the program are counted.
#[derive(Clone, Copy)]
pub enum Units {
    /// As JavaScript does.
    Utf16,
    /// Bytes of its UTF-8.
    Bytes,
}

/// The judgement of an answer's JSON: an object, a number, or null to abstain.
///
/// # Errors
/// Where it is something else.
pub fn judgement(text: &str, program: &str, units: Units) -> Result<Judgement, Error> {
    let answer: Value = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("something that is no data ({error})")))?;
    match answer {
        Value::Null => Ok(Judgement::abstain()),
        Value::Object(answer) => of_object(
            &answer,
            &Program {
                text: program,
                units,
            },
        ),
        answer => match number(&answer) {
            Some(score) => Ok(Judgement::of(score)),
            None => Err(wrong(&short(&answer))),
        },
    }
}

/// What the operator is told of an exception of a script, which is described as JSON.
#[must_use]
pub fn error(thrown: Option<&str>) -> Error {
    let Some(thrown) = thrown.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Error::new(
            "exception",
            "there was no memory left to say what was thrown",
        );
    };
    let text = |name: &str| thrown[name].as_str().unwrap_or_default();
    let stack: Vec<&str> = text("stack")
        .lines()
        .map(str::trim)
        .filter(|line| line.contains(".js:"))
        .take(20)
        .collect();
    let place = stack
        .first()
        .map(|line| format!(" ({})", line.trim_start_matches("at ")))
        .unwrap_or_default();
    let code = thrown["code"].as_str().unwrap_or("exception");
    let error = Error::new(code, format!("{}{place}", text("what")));
    // One place stands in the message already.
    if stack.len() < 2 {
        return error;
    }
    error.with("stack", format!("\n{}", stack.join("\n")))
}

fn of_object(answer: &Map<String, Value>, program: &Program<'_>) -> Result<Judgement, Error> {
    const KNOWN: [&str; 5] = ["score", "parts", "notes", "findings", "credits"];
    if let Some(name) = answer.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(wrong(&format!(
            "an object with {name:?}; it has {}",
            KNOWN.join(", ")
        )));
    }
    let mut judgement = match answer.get("score") {
        None | Some(Value::Null) => Judgement::abstain(),
        Some(score) => Judgement::of(number_in(score, "score")?),
    };
    if let Some(parts) = given(answer, "parts") {
        let parts = parts
            .as_object()
            .ok_or_else(|| wrong_in("parts", parts, "an object"))?;
        for (name, part) in parts {
            let place = format!("parts.{name}");
            let (score, note) = match part {
                Value::Object(part) => (
                    part.get("score").unwrap_or(&Value::Null),
                    part.get("note")
                        .map_or("", |note| note.as_str().unwrap_or("")),
                ),
                score => (score, ""),
            };
            judgement = judgement.part(name, number_in(score, &place)?, note);
        }
    }
    if let Some(notes) = given(answer, "notes") {
        for note in list(notes, "notes")? {
            judgement = judgement.note(
                note.as_str()
                    .ok_or_else(|| wrong_in("notes", note, "texts"))?,
            );
        }
    }
    if let Some(findings) = given(answer, "findings") {
        for finding in list(findings, "findings")? {
            judgement = judgement.finding(marked(finding, program)?);
        }
    }
    if let Some(credits) = given(answer, "credits") {
        for credit in list(credits, "credits")? {
            let (start, end) = span("credits", credit, program)?;
            let note = credit["note"].as_str().unwrap_or_default();
            judgement = judgement.credit(
                start,
                end,
                number_in(&credit["value"], "credits[].value")?,
                note,
            );
        }
    }
    Ok(judgement)
}

/// Something that the script marks in the program; without a place it concerns all of it.
fn marked(finding: &Value, program: &Program<'_>) -> Result<Finding, Error> {
    let text = |name: &str| {
        finding[name]
            .as_str()
            .ok_or_else(|| wrong_in(&format!("findings[].{name}"), &finding[name], "a text"))
    };
    let severity = match &finding["severity"] {
        Value::Null => Severity::Warning,
        Value::String(one) if one == "error" => Severity::Error,
        Value::String(one) if one == "warning" => Severity::Warning,
        Value::String(one) if one == "note" => Severity::Note,
        other => {
            let wanted = "error, warning or note";
            return Err(wrong_in("findings[].severity", other, wanted));
        }
    };
    let place = match (&finding["start"], &finding["end"]) {
        (Value::Null, Value::Null) => (0, 0),
        _ => span("findings", finding, program)?,
    };
    Ok(Finding::new(
        text("rule")?,
        severity,
        text("message")?,
        program.text,
        place,
    ))
}

/// The program that an answer has places in.
struct Program<'a> {
    text: &'a str,
    units: Units,
}

impl Program<'_> {
    fn length(&self) -> usize {
        match self.units {
            Units::Utf16 => self.text.encode_utf16().count(),
            Units::Bytes => self.text.len(),
        }
    }

    /// The byte at which a place is, where the program has it.
    fn byte(&self, place: u64) -> Option<u32> {
        let mut left = usize::try_from(place).ok()?;
        if matches!(self.units, Units::Bytes) {
            return u32::try_from(left).ok().filter(|_| left <= self.text.len());
        }
        for (at, character) in self.text.char_indices() {
            // Half of a pair counts as its beginning.
            if left < character.len_utf16() {
                return u32::try_from(at).ok();
            }
            left -= character.len_utf16();
        }
        (left == 0)
            .then(|| u32::try_from(self.text.len()).ok())
            .flatten()
    }
}

/// Where something stands; bytes of the program's UTF-8 come out.
fn span(list: &str, credit: &Value, program: &Program<'_>) -> Result<(u32, u32), Error> {
    let place = |name: &str| {
        let at = credit[name].as_u64().ok_or_else(|| {
            wrong_in(
                &format!("{list}[].{name}"),
                &credit[name],
                "a place in the program",
            )
        })?;
        program.byte(at).ok_or_else(|| {
            let (length, units) = (
                program.length(),
                match program.units {
                    Units::Utf16 => "characters",
                    Units::Bytes => "bytes",
                },
            );
            wrong(&format!(
                "one of its {list} with {name} {at}, and the program has {length} {units}"
            ))
        })
    };
    Ok((place("start")?, place("end")?))
}

fn given<'a>(answer: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    answer.get(name).filter(|value| !value.is_null())
}

fn list<'a>(value: &'a Value, place: &str) -> Result<&'a Vec<Value>, Error> {
    value
        .as_array()
        .ok_or_else(|| wrong_in(place, value, "an array"))
}

fn number_in(value: &Value, place: &str) -> Result<f64, Error> {
    number(value).ok_or_else(|| wrong_in(place, value, "a number"))
}

/// A number, also one that JSON has no word for.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        Value::String(text) if text == "NaN" => Some(f64::NAN),
        Value::String(text) if text == "Infinity" => Some(f64::INFINITY),
        Value::String(text) if text == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn wrong_in(place: &str, value: &Value, wanted: &str) -> Error {
    wrong(&format!(
        "an object in which {place} is {}; it takes {wanted}",
        short(value)
    ))
}

fn wrong(what: &str) -> Error {
    Error::new("bad-answer", format!("judge() returned {what}")).with(
        "expected",
        "{ score, parts, notes, findings, credits }, a number, or null to abstain",
    )
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
