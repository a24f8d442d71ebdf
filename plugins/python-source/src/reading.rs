//! Reading the program of an episode.

use falcon_sdk::judge::{Episode, Judgement, Verdict};

use crate::Source;

/// The only language whose programs are read.
const LANGUAGE: &str = "python";

/// The program of an episode, read.
///
/// # Errors
/// Where it is not Python, does not compile, or is over a limit: the judgement that abstains and says so.
#[allow(
    clippy::result_large_err,
    reason = "once a call, and the judge's answer as it is"
)]
pub fn read(episode: &Episode) -> Result<Source<'_>, Judgement> {
    let abstain = |why: String| Err(Judgement::abstain().note(why));
    if episode.language != LANGUAGE {
        return abstain(format!(
            "it reads {LANGUAGE}, and this program is in {}",
            episode.language
        ));
    }
    if episode.verdict == Verdict::CompileError {
        return abstain("the program does not compile".to_owned());
    }
    Source::read(&episode.program)
        .or_else(|why| abstain(format!("the program was not read: {why}")))
}
