//! Grades a program by the five preferences of CODAL-Bench (Weyssow et al. 2024, arXiv:2403.09032), as the
//! operator's language model sees them, beside the task's reference where there is one.
//!
//! One question grades all five: the program and its task are nearly all of a question's tokens, so five
//! questions would cost five times as much.
//!
//! Architecture invariant: what a program says reaches the model inside the fence of the prompt alone. No
//! message to the model repeats an answer, since an answer may quote the program.

mod answer;
mod fence;
mod preference;
mod prompt;
mod strip;
#[cfg(test)]
mod tests;

use falcon_sdk::{
    judge::{Episode, Error, Judge, Judgement, Verdict},
    llm::{self, Answer, Problem, Question},
    serde::Deserialize,
};

use crate::{answer::Grades, preference::Preference, strip::Strip};

/// The judge.
pub struct AiJudge;

/// Weights of the preferences, and how the model is asked.
#[derive(Clone, Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub struct Config {
    instruction_following: f64,
    explanation: f64,
    complexity: f64,
    readability: f64,
    style: f64,
    strip: Strip,
    max_tokens: u32,
}

/// Most bytes of a task, of a reference and of a program; a question has room for the three.
const MAX_TEXT: usize = 40 << 10;

impl Judge for AiJudge {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        judged(episode, config, &|question| llm::ask(question))
    }
}

falcon_sdk::export_judge!(AiJudge);

/// Judges by a model. Whatever it does, the program is not at fault: without grades the judge abstains.
fn judged(
    episode: &Episode,
    config: &Config,
    ask: &dyn Fn(&Question) -> Result<Answer, Problem>,
) -> Result<Judgement, Error> {
    let total: f64 = Preference::ALL.iter().map(|one| config.weight(*one)).sum();
    if !(total.is_finite() && total > 0.0) {
        return Err(Error::new("config", "no preference has a weight above 0"));
    }
    let program = match readable(episode, config) {
        Ok(program) => program,
        Err(why) => return Ok(Judgement::abstain().note(why)),
    };
    let data = prompt::Data {
        task: &episode.prompt,
        reference: episode.reference.as_deref(),
        program: &program,
    };
    Ok(match grades(&data, config, ask) {
        Ok(grades) => scored(&grades, config, total),
        Err(why) => Judgement::abstain().note(why),
    })
}

/// The program as the model is to see it, or why it is not to.
fn readable(episode: &Episode, config: &Config) -> Result<String, String> {
    if episode.verdict == Verdict::Infrastructure {
        return Err("the machinery failed, so nothing is known of the program".to_owned());
    }
    if episode.program.trim().is_empty() {
        return Err("there is no program".to_owned());
    }
    let program = strip::strip(&episode.program, &episode.language, config.strip);
    let program = program.ok_or_else(|| {
        let language = &episode.language;
        format!("comments of {language} are not known here; set `strip` to \"nothing\"")
    })?;
    let reference = episode.reference.as_deref().unwrap_or("");
    for (what, text) in [
        ("program", &*program),
        ("task", &episode.prompt),
        ("reference", reference),
    ] {
        if text.len() > MAX_TEXT {
            return Err(format!(
                "the {what} has {} bytes; {MAX_TEXT} is the most",
                text.len()
            ));
        }
    }
    Ok(program)
}

/// Asks, and once more where the answer does not do.
fn grades(
    data: &prompt::Data<'_>,
    config: &Config,
    ask: &dyn Fn(&Question) -> Result<Answer, Problem>,
) -> Result<Grades, String> {
    let mut refused = None;
    for _ in 0..2 {
        let question = Question {
            messages: prompt::messages(data, refused),
            max_tokens: config.max_tokens,
            json: true,
        };
        let answer = ask(&question).map_err(|problem| {
            let (cause, message) = (problem.cause, problem.message);
            format!("the model gave no answer ({cause:?}): {message}")
        })?;
        match answer::read(&answer) {
            Ok(grades) => return Ok(grades),
            Err(why) => refused = Some(why),
        }
    }
    let why = refused.map_or("", answer::Unreadable::said);
    Err(format!("the model's answer {why}, also when asked again"))
}

fn scored(grades: &Grades, config: &Config, total: f64) -> Judgement {
    let mut sum = 0.0;
    let mut judgement = Judgement::abstain();
    for preference in Preference::ALL {
        let grade = grades.of(preference);
        sum += config.weight(preference) * grade.value();
        judgement = judgement.part(preference.name(), grade.value(), grade.why());
    }
    judgement.score = Some(sum / total);
    judgement
}

impl Config {
    fn weight(&self, preference: Preference) -> f64 {
        match preference {
            Preference::InstructionFollowing => self.instruction_following,
            Preference::Explanation => self.explanation,
            Preference::Complexity => self.complexity,
            Preference::Readability => self.readability,
            Preference::Style => self.style,
        }
    }
}
