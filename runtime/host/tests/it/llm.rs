//! The service `llm`: what reaches the model, what comes back, and its bounds.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use falcon_episode::{JudgeScore, LlmUse, Uses};
use falcon_host::{
    Grants, LanguageModel, Limits, LlmAnswer, LlmCause, LlmError, LlmQuestion, LlmRole, LoadError,
    Loader,
};
use falcon_package::{Capability, PluginName};
use falcon_testing::{episode, judge_input, test_guest};
use serde_json::{Value, json};

use crate::common::built;

/// Answers with what it is told, after a while.
struct Model {
    answer: Result<LlmAnswer, LlmError>,
    after: Duration,
    asked: Mutex<Vec<(PluginName, LlmQuestion)>>,
}

impl Model {
    fn new(text: &str, after: Duration) -> Arc<Self> {
        Arc::new(Self {
            answer: Ok(LlmAnswer {
                text: text.to_owned(),
                whole: true,
                tokens: 7,
                cached: true,
            }),
            after,
            asked: Mutex::default(),
        })
    }
}

impl LanguageModel for Model {
    fn ask(&self, plugin: &PluginName, question: &LlmQuestion) -> Result<LlmAnswer, LlmError> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((plugin.clone(), question.clone()));
        std::thread::sleep(self.after);
        self.answer.clone()
    }
}

fn loader(grants: Grants) -> Loader {
    Loader::new().unwrap().grants(grants)
}

fn judge(loader: &Loader, config: &Value) -> Result<JudgeScore, falcon_host::CallError> {
    let plugin = loader.load(&built(test_guest("falcon/asking"))).unwrap();
    let judge = plugin.judge(config).unwrap();
    judge.judge(judge_input(&episode("return x")))
}

#[test]
fn a_question_reaches_the_model_and_is_in_the_record() {
    let model = Model::new("yes", Duration::ZERO);
    let loader = loader(Grants::none().llm(Arc::clone(&model) as _));
    let score = judge(&loader, &json!({ "times": 2, "bytes": 3, "tokens": 50 })).unwrap();
    assert_eq!(score.notes, ["3 true 7", "3 true 7"]);
    let used = LlmUse {
        calls: 2,
        tokens: 14,
        cached: 2,
    };
    assert_eq!(
        score.uses,
        Uses {
            llm: Some(used),
            ..Uses::default()
        }
    );
    let asked = model.asked.lock().unwrap();
    let (plugin, question) = &asked[0];
    assert_eq!(plugin.as_str(), "falcon/asking");
    assert_eq!((question.max_tokens, question.json), (50, false));
    let messages = question.messages.iter();
    let messages: Vec<_> = messages.map(|one| (one.role, one.text.as_str())).collect();
    assert_eq!(
        messages,
        [(LlmRole::System, "be brief"), (LlmRole::User, "???")]
    );
    // A judge that asks nothing has nothing in its record.
    let silent = judge(&loader, &json!({ "times": 0 })).unwrap();
    assert_eq!(silent.uses, Uses::default());
}

#[test]
fn questions_and_answers_have_bounds() {
    let model = Model::new(&"é".repeat(40_000), Duration::ZERO);
    let loader = loader(Grants::none().llm(Arc::clone(&model) as _));
    let notes = |config: &Value| judge(&loader, config).unwrap().notes;
    assert_eq!(notes(&json!({})), ["65536 false 7"]);
    for (config, words) in [
        (
            json!({ "bytes": 300_000 }),
            "Cause::TooLarge: a question of 300008 bytes; 256KiB",
        ),
        (
            json!({ "tokens": 0 }),
            "Cause::TooLarge: an answer of 0 tokens",
        ),
        (
            json!({ "tokens": 20_000 }),
            "Cause::TooLarge: an answer of 20000 tokens",
        ),
    ] {
        assert!(notes(&config)[0].starts_with(words), "{:?}", notes(&config));
    }
    assert_eq!(model.asked.lock().unwrap().len(), 1, "the rest never left");
    let many = notes(&json!({ "times": 18 }));
    assert_eq!(many[15], "65536 false 7");
    assert_eq!(
        many[16],
        "Cause::TooMany: more than 16 questions in one call"
    );
    assert_eq!(model.asked.lock().unwrap().len(), 17);
}

#[test]
fn an_error_reaches_the_plugin_with_its_cause() {
    let model = Arc::new(Model {
        answer: Err(LlmError::new(LlmCause::Budget, "5 of 5 requests are used")),
        after: Duration::ZERO,
        asked: Mutex::default(),
    });
    let score = judge(&loader(Grants::none().llm(model)), &Value::Null).unwrap();
    assert_eq!(score.notes, ["Cause::Budget: 5 of 5 requests are used"]);
    let llm = score.uses.llm.unwrap();
    assert_eq!((llm.calls, llm.tokens, llm.cached), (1, 0, 0));
}

#[test]
fn waiting_for_an_answer_is_not_the_plugins_time() {
    let limits = Limits {
        timeout: Duration::from_millis(300),
        fuel: u64::MAX / 2,
        ..Limits::default()
    };
    let model = Model::new("late", Duration::from_millis(900));
    let loader = loader(Grants::none().llm(model)).limits(limits);
    assert_eq!(judge(&loader, &Value::Null).unwrap().notes, ["4 true 7"]);
    // Its own time is limited as before.
    let started = Instant::now();
    let error = judge(&loader, &json!({ "loop": true })).unwrap_err();
    assert!(error.to_string().contains("was ended after"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn it_is_granted_by_name_or_not_at_all() {
    let file = built(test_guest("falcon/asking"));
    let all_else = Grants::none().log(|_| {}).clock().kv(Default::default());
    for grants in [Grants::none(), all_else] {
        assert!(!grants.has(Capability::Llm));
        let error = loader(grants).load(&file).unwrap_err();
        assert!(
            matches!(
                error,
                LoadError::NotGranted {
                    capability: Capability::Llm,
                    ..
                }
            ),
            "{error}"
        );
    }
    // Granted, and its manifest does not ask for it.
    let silent = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../sdk/testing/guests/asking/plugin.toml"
    ));
    let silent = silent.unwrap().replace("llm = true", "llm = false");
    let bytes = std::fs::read(&file).unwrap();
    let bytes = falcon_package::package(&bytes, &silent, "plugin.toml").unwrap();
    let (_folder, path) = crate::common::file(&bytes);
    let grants = Grants::none().llm(Model::new("", Duration::ZERO));
    let error = loader(grants).load(&path).unwrap_err();
    assert!(
        matches!(
            error,
            LoadError::NotAskedFor {
                capability: Capability::Llm,
                ..
            }
        ),
        "{error}"
    );
}
