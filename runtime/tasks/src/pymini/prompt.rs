use falcon_episode::{Call, Episode, TestOutcome, Value, Verdict};

use super::{
    task::{MAX_BODY, MAX_SPEC, Task},
    token::TokenId,
    value_text::{repr_tokens, value_tokens},
    vocabulary::vocabulary,
};

/// What executing an earlier attempt said: shown before the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// The attempt's body, without [`TokenId::EOS`].
    pub own: Vec<TokenId>,
    /// The failed test's arguments.
    pub input: Vec<Value>,
    /// What it had to return.
    pub want: Value,
    /// What came instead: a value's tokens or the token of an error class.
    pub got: Vec<TokenId>,
}

impl Task {
    /// `<bos> <spec> words (<in> v <out> v)… <code>`.
    #[must_use]
    pub fn prompt(&self) -> Vec<TokenId> {
        self.prompt_with(None, None)
    }

    /// The prompt with a solved task before it (specification and body) and feedback on an own
    /// attempt after it:
    /// `<bos> [<mem> words <code> body] <spec> words (<in> v <out> v)… [<fb> own <in> v <want> v
    /// <got> v] <code>`. What stands before `<fb>` is the same with and without feedback.
    #[must_use]
    pub fn prompt_with(
        &self,
        exemplar: Option<(&[TokenId], &[TokenId])>,
        feedback: Option<&Feedback>,
    ) -> Vec<TokenId> {
        let mut tokens = Vec::with_capacity(64);
        tokens.push(TokenId::BOS);
        if let Some((spec, body)) = exemplar {
            tokens.push(TokenId::MEM);
            tokens.extend(spec.iter().take(MAX_SPEC));
            tokens.push(TokenId::CODE);
            tokens.extend_from_slice(until_end(body));
        }
        tokens.push(TokenId::SPEC);
        tokens.extend_from_slice(&self.spec);
        for Call {
            arguments,
            expected,
        } in &self.examples
        {
            marked(TokenId::IN, arguments, &mut tokens);
            marked(TokenId::OUT, std::slice::from_ref(expected), &mut tokens);
        }
        if let Some(Feedback {
            own,
            input,
            want,
            got,
        }) = feedback
        {
            tokens.push(TokenId::FB);
            tokens.extend_from_slice(until_end(own));
            marked(TokenId::IN, input, &mut tokens);
            marked(TokenId::WANT, std::slice::from_ref(want), &mut tokens);
            tokens.push(TokenId::GOT);
            tokens.extend_from_slice(got);
        }
        tokens.push(TokenId::CODE);
        tokens
    }

    /// Feedback on a body from its episode over the feedback tests: the first test that did not
    /// hold. Nothing where all held, and where the fault was ours.
    #[must_use]
    pub fn feedback_from(&self, body: &[TokenId], episode: &Episode) -> Option<Feedback> {
        if episode.verdict == Verdict::Infrastructure || episode.passed() {
            return None;
        }
        let failed = episode
            .tests
            .iter()
            .position(|test| test.verdict != Verdict::Passed);
        let call = self.feedback_tests.get(failed.unwrap_or(0))?;
        let got = match failed.map(|i| &episode.tests[i]) {
            Some(TestOutcome {
                verdict: Verdict::Infrastructure,
                ..
            }) => return None,
            Some(TestOutcome {
                got: Some(repr), ..
            }) => repr_tokens(repr),
            Some(test) => vec![vocabulary().error(error_class(test, episode))],
            // The program was refused before any test ran.
            None => vec![vocabulary().error(refusal_class(episode))],
        };
        Some(feedback(body, call, got))
    }

    /// Feedback on the body `self.wrong[wrong]` of another reading, as executing it would give.
    #[must_use]
    pub fn synthetic_feedback(&self, wrong: usize) -> Option<Feedback> {
        let (body, (test, output)) = (self.wrong.get(wrong)?, self.meaning.failures.get(wrong)?);
        let got = match output {
            Some(value) => value_tokens(value),
            None => vec![vocabulary().error("ValueError")],
        };
        Some(feedback(body, self.feedback_tests.get(*test)?, got))
    }
}

/// Tokens that a prompt grows by when it shows an exemplar.
#[must_use]
pub fn exemplar_length(spec: &[TokenId], body: &[TokenId]) -> usize {
    2 + spec.len().min(MAX_SPEC) + until_end(body).len()
}

fn feedback(body: &[TokenId], call: &Call, got: Vec<TokenId>) -> Feedback {
    Feedback {
        own: until_end(body).to_vec(),
        input: call.arguments.clone(),
        want: call.expected.clone(),
        got,
    }
}

/// A body up to [`TokenId::EOS`], and no longer than one may be.
pub(crate) fn until_end(body: &[TokenId]) -> &[TokenId] {
    let end = body
        .iter()
        .position(|&token| token == TokenId::EOS)
        .unwrap_or(body.len());
    &body[..end.min(MAX_BODY)]
}

fn marked(mark: TokenId, values: &[Value], tokens: &mut Vec<TokenId>) {
    tokens.push(mark);
    values
        .iter()
        .for_each(|value| tokens.extend(value_tokens(value)));
}

/// The class of the error that ended a test.
fn error_class<'a>(test: &'a TestOutcome, episode: &'a Episode) -> &'a str {
    match (test.verdict, &test.at) {
        (Verdict::OutOfFuel, _) => "Timeout",
        (Verdict::OutOfMemory, _) => "MemoryError",
        (Verdict::CompileError, None) => refusal_class(episode),
        (_, Some(at)) => &at.class,
        (_, None) => test.message.split(':').next().unwrap_or_default(),
    }
}

fn refusal_class(episode: &Episode) -> &str {
    match (episode.verdict, episode.diagnostics.first()) {
        (Verdict::OutOfFuel, _) => "Timeout",
        (Verdict::OutOfMemory, _) => "MemoryError",
        (Verdict::CompileError, None) => "SyntaxError",
        (_, Some(diagnostic)) => &diagnostic.class,
        (_, None) => "OtherError",
    }
}
