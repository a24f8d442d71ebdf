use std::collections::BTreeMap;

use falcon_episode::{Digest, Episode, MemoryItem, MemoryQuery, Submission};
use falcon_tasks::{Program, TokenId, Which, bytes, formats};

use super::{Feedback, told::Told};

/// Fewest tokens in which a prompt says what came of an attempt; with less room it says nothing of it.
const LEAST_SAID: usize = 16;

/// What a task of a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// All its tests are for reward and feedback, but for those that the file keeps for measuring.
    Training,
    /// Measured by tests that no attempt is told of, where there are such.
    Test,
}

/// A task of a file under the byte vocabulary.
#[derive(Debug)]
pub(crate) struct FileTask {
    pub(crate) task: formats::Task,
    behaviour: String,
    /// Its prompt's text.
    words: Vec<TokenId>,
    of: Use,
    told: Told,
    /// Tokens that memory may add to a prompt.
    room: usize,
}

/// `<bos> [<mem> words <code> program] <spec> words [<fb> own <got> what was said] <code>`, with an exemplar and
/// feedback where there are any.
pub(crate) fn prompt(
    words: &[TokenId],
    exemplar: Option<(&[TokenId], &[TokenId])>,
    feedback: Option<(&[TokenId], &[TokenId])>,
) -> Vec<TokenId> {
    let mut tokens = vec![TokenId::BOS];
    if let Some((words, body)) = exemplar {
        tokens.push(TokenId::MEM);
        tokens.extend_from_slice(words);
        tokens.push(TokenId::CODE);
        tokens.extend_from_slice(body);
    }
    tokens.push(TokenId::SPEC);
    tokens.extend_from_slice(words);
    if let Some((own, said)) = feedback {
        tokens.push(TokenId::FB);
        tokens.extend_from_slice(own);
        tokens.push(TokenId::GOT);
        tokens.extend_from_slice(said);
    }
    tokens.push(TokenId::CODE);
    tokens
}

impl FileTask {
    /// # Arguments
    /// - `room`: tokens that memory may add to a prompt.
    pub(crate) fn new(mut task: formats::Task, of: Use, room: usize) -> Self {
        if of == Use::Test {
            // What decides is not shown either.
            task.prompt = task.prompt_of_told();
        }
        Self {
            behaviour: task.behaviour(),
            words: bytes::encode(&task.prompt),
            told: match of {
                Use::Training => Told::All,
                Use::Test => Told::of(&task),
            },
            task,
            of,
            room,
        }
    }

    /// Of which tests an attempt may be told.
    pub(crate) fn told(&self) -> &Told {
        &self.told
    }

    /// Its [`prompt`].
    pub(crate) fn prompt_with(
        &self,
        exemplar: Option<(&[TokenId], &[TokenId])>,
        feedback: Option<(&[TokenId], &[TokenId])>,
    ) -> Vec<TokenId> {
        prompt(&self.words, exemplar, feedback)
    }

    /// The attempt, the test that it failed, and what executing it said, as much of that as a prompt has room for.
    pub(crate) fn feedback_from(&self, body: &[TokenId], episode: &Episode) -> Option<Feedback> {
        let said = episode.feedback();
        if said.is_empty() {
            return None;
        }
        // The two marks.
        let room = self.room.checked_sub(body.len() + 2)?;
        if room < LEAST_SAID {
            return None;
        }
        let test = episode.first_failure().map_or("", |test| &test.name);
        let mut said = bytes::encode(&format!("{test} {said}"));
        said.truncate(room);
        Some(Feedback::File {
            own: body.to_vec(),
            said,
        })
    }

    pub(crate) fn program(&self, body: &[TokenId]) -> Program {
        let completion = bytes::decode(body);
        let text = self.task.program(&completion.text);
        let prefix = self.task.prefix.len();
        let goes_on = text.get(prefix..).is_some_and(|rest| {
            text.starts_with(&self.task.prefix) && rest.starts_with(&completion.text)
        });
        // An answer that is taken apart has no place for each token: then none has credit.
        let start = if goes_on {
            Some(prefix)
        } else {
            text.find(&completion.text)
        };
        let start = start.and_then(|start| u32::try_from(start).ok());
        let spans = completion.spans.into_iter();
        Program {
            spans: match start {
                Some(start) => spans.map(|it| it.start + start..it.end + start).collect(),
                None => spans.map(|_| 0..0).collect(),
            },
            text,
            lines: completion.lines,
        }
    }

    pub(crate) fn program_text(&self, body: &[TokenId]) -> String {
        self.task.program(&bytes::decode(body).text)
    }

    pub(crate) fn solution(&self) -> Option<Vec<TokenId>> {
        self.task.canonical.as_deref().map(bytes::encode)
    }

    pub(crate) fn submission(&self, body: &[TokenId], tests: Which, attempt: u32) -> Submission {
        let tests = self.told.tests(&self.task.tests, tests);
        let completion = bytes::decode(body).text;
        self.task.submission_by(&completion, tests.clone(), attempt)
    }

    pub(crate) fn memory_item(&self, body: &[TokenId], feedback: &str, score: f64) -> MemoryItem {
        MemoryItem {
            task_id: self.task.id.clone(),
            behaviour: self.behaviour.clone(),
            project: String::new(),
            family: self.task.split.clone(),
            language: self.task.language.clone(),
            prompt: self.task.prompt.clone(),
            program: bytes::decode(body).text,
            feedback: feedback.to_owned(),
            score,
            scores: BTreeMap::new(),
        }
    }

    pub(crate) fn memory_query(&self, limit: usize) -> MemoryQuery {
        MemoryQuery {
            task_id: self.task.id.clone(),
            behaviour: self.behaviour.clone(),
            project: String::new(),
            family: self.task.split.clone(),
            language: self.task.language.clone(),
            prompt: self.task.prompt.clone(),
            limit,
            evaluation: self.of == Use::Test,
        }
    }

    pub(crate) fn content(&self) -> String {
        let task = &self.task;
        let tests = (&task.prefix, &task.language, &task.tests, &task.scoring);
        let files = task.files.iter();
        let files: Vec<_> = files
            .map(|(path, bytes)| (path, Digest::of(bytes)))
            .collect();
        format!("{} {} {tests:?} {files:?}", task.id, task.prompt)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use falcon_episode::{TestOutcome, Tests, Verdict};
    use falcon_tasks::formats::Format;

    use super::*;

    fn task(of: Use, room: usize) -> FileTask {
        let line = r#"{"id": "a", "prompt": "Add é.", "prefix": "def f(x):\n", "reference": "    return x\n",
            "tests": {"calls": {"function": "f", "cases": [{"arguments": [1], "expected": 1},
            {"arguments": [2], "expected": 2}]}}}"#;
        let line = line.replace('\n', " ");
        let read = formats::read(line.as_bytes(), Path::new("t.jsonl"), Format::Falcon);
        FileTask::new(read.expect("a task").remove(0), of, room)
    }

    fn failed(name: &str, message: &str) -> Episode {
        Episode {
            tests: vec![TestOutcome {
                name: name.to_owned(),
                verdict: Verdict::Failed,
                message: message.to_owned(),
                at: None,
                got: None,
            }],
            ..Episode::new("p", Verdict::Failed)
        }
    }

    fn calls(task: &FileTask, which: Which) -> usize {
        match task.submission(&[], which, 1).tests {
            Tests::Calls { calls, .. } => calls.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn prompts_show_the_task_and_what_memory_adds() {
        let task = task(Use::Training, 100);
        let alone = task.prompt_with(None, None);
        assert_eq!(bytes::shown(&alone), "<bos>  <spec> Add é. <code>");
        assert_eq!(alone.len(), "Add é.".len() + 3);
        let (words, body) = (bytes::encode("w"), bytes::encode("b"));
        let with = task.prompt_with(Some((&words, &body)), Some((&body, &words)));
        let shown = bytes::shown(&with);
        let wanted = "<bos>  <mem> w <code> b <spec> Add é. <fb> b <got> w <code>";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn feedback_keeps_to_its_room() {
        let body = bytes::encode("    return 1\n");
        let episode = failed("f(2)", "got 1, expected 2");
        let said = |room| task(Use::Training, room).feedback_from(&body, &episode);
        let Some(Feedback::File { own, said: text }) = said(100) else {
            panic!("no feedback")
        };
        assert_eq!(own, body);
        let text = bytes::decode(&text).text;
        assert_eq!(text, "f(2) failed at test 1: got 1, expected 2");
        let Some(Feedback::File { own, said: text }) = said(35) else {
            panic!("no feedback")
        };
        assert_eq!(own.len() + text.len() + 2, 35);
        assert_eq!(said(30), None);
        assert_eq!(said(3), None);
        let passed = Episode::new("p", Verdict::Passed);
        assert_eq!(task(Use::Training, 100).feedback_from(&body, &passed), None);
    }

    #[test]
    fn tests_are_divided_for_measuring_alone() {
        let training = task(Use::Training, 0);
        assert_eq!(calls(&training, Which::Feedback), 2);
        assert!(training.told().tells());
        let test = task(Use::Test, 0);
        assert!(test.told().tells() && test.memory_query(1).evaluation);
        assert_eq!(
            calls(&test, Which::Feedback) + calls(&test, Which::Scoring),
            2
        );
        assert_eq!(test.behaviour, training.behaviour);
    }

    #[test]
    fn a_prompt_of_mbpp_shows_what_is_told_where_it_is_measured() {
        let line = r#"{"task_id": 1, "text": "Add.", "code": "def f(x): return x",
            "test_list": ["assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 3"]}"#;
        let line = line.replace('\n', " ");
        let asserted = |of| {
            let read = formats::read(line.as_bytes(), Path::new("m.jsonl"), Format::Mbpp);
            let task = FileTask::new(read.expect("a task").remove(0), of, 0);
            let shown = bytes::shown(&task.prompt_with(None, None));
            shown.matches("assert f(").count()
        };
        assert_eq!(asserted(Use::Training), 3);
        assert_eq!(asserted(Use::Test), 1);
    }

    #[test]
    fn every_token_has_its_place_in_the_program() {
        let task = task(Use::Training, 0);
        let body = task.solution().expect("it has one");
        let program = task.program(&body);
        assert_eq!(program.text, "def f(x):\n    return x\n");
        assert_eq!(program.text, task.program_text(&body));
        let first = program.spans[4].clone();
        assert_eq!(&program.text[first.start as usize..first.end as usize], "r");
        assert_eq!(program.spans.len(), body.len());
        assert!(task.program(&[]).spans.is_empty());
    }
}
