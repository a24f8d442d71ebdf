//! Tokens, values and programs as text.

use falcon_episode::Value;
use falcon_tasks::{TokenId, VocabularyError, read_value, repr_tokens, value_tokens, vocabulary};
use proptest::prelude::*;

use super::tasks;

/// Python's `repr` of the values of tests.
fn repr(value: &Value) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        Value::Str(text) => format!("'{}'", String::from_utf8_lossy(text)),
        Value::List(items) => {
            format!(
                "[{}]",
                items.iter().map(repr).collect::<Vec<_>>().join(", ")
            )
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn values_of_all_tasks_survive_tokens_and_reprs() {
    for task in tasks() {
        for call in task
            .examples
            .iter()
            .chain(&task.feedback_tests)
            .chain(&task.scoring_tests)
        {
            for value in call.arguments.iter().chain([&call.expected]) {
                let tokens = value_tokens(value);
                assert_eq!(read_value(&tokens).as_ref(), Some(value));
                assert_eq!(repr_tokens(&repr(value)), tokens);
                assert!(!tokens.contains(&TokenId::BIG) && !tokens.contains(&TokenId::ODD));
            }
        }
    }
}

#[test]
fn reprs_that_no_task_has_are_written_as_far_as_they_can_be() {
    let table = [
        ("-20", "-20"),
        ("61", "<big>"),
        ("123456789012345678901234567890", "<big>"),
        ("1.5", "<odd>"),
        ("1e400", "<odd>"),
        ("True", "True"),
        ("[True, None]", "[ True None ]"),
        ("(1, [2])", "( 1 [ 2 ] )"),
        ("'a1z'", "' a 1 <odd> '"),
        (r"'\'a'", "' <odd> a '"),
        ("\"a'\"", "' a <odd> '"),
        (
            "<map object at 0x7f>",
            "<odd> <odd> <odd> <odd> <odd> <odd>",
        ),
        ("", "<odd>"),
        ("'é", "' <odd>"),
        ("-", "<odd>"),
    ];
    for (text, tokens) in table {
        assert_eq!(vocabulary().decode(&repr_tokens(text)), tokens, "{text}");
    }
    let long = repr_tokens(&format!("[{}]", "1, ".repeat(1000)));
    assert_eq!((long.len(), long.last()), (20, Some(&TokenId::ODD)));
}

#[test]
fn a_word_that_is_no_token_is_named() {
    let error = vocabulary().encode("return y").unwrap_err();
    assert_eq!(
        error,
        VocabularyError {
            word: "y".to_owned(),
            position: 2
        }
    );
    assert!(error.to_string().contains("\"y\""));
}

fn any_tokens() -> impl Strategy<Value = Vec<TokenId>> {
    // A few ids past the end, too: a damaged checkpoint may emit them.
    let past = u16::try_from(vocabulary().len()).unwrap() + 3;
    prop::collection::vec((0..past).prop_map(TokenId), 0..90)
}

proptest! {
    #[test]
    fn any_tokens_render_and_every_token_has_its_place(tokens in any_tokens()) {
        let task = &tasks_once()[0];
        let program = task.program(&tokens);
        let shown = tokens.iter().take_while(|&&token| token != TokenId::EOS).count();
        prop_assert_eq!(program.spans.len(), shown);
        prop_assert_eq!(program.lines.len(), shown);
        let mut end = 0;
        for (span, &line) in program.spans.iter().zip(&program.lines) {
            prop_assert!(span.start >= end && span.end >= span.start);
            end = span.end;
            let before = &program.text[..span.start as usize];
            prop_assert_eq!(before.matches('\n').count() + 1, line as usize);
        }
        prop_assert!(end as usize <= program.text.len());
        prop_assert!(program.text.starts_with("def f(x):"));
        prop_assert!(program.text.len() < 200 * (shown + 1));
    }

    #[test]
    fn tokens_survive_their_text(tokens in any_tokens()) {
        let known: Vec<_> =
            tokens.into_iter().filter(|token| token.index() < vocabulary().len()).collect();
        prop_assert_eq!(vocabulary().encode(&vocabulary().decode(&known)).unwrap(), known);
    }

    #[test]
    fn any_repr_is_written_in_few_tokens(text in "\\PC{0,60}") {
        prop_assert!((1..=20).contains(&repr_tokens(&text).len()));
    }

    #[test]
    fn any_tokens_are_read_without_panic(tokens in any_tokens()) {
        if let Some(value) = read_value(&tokens) {
            prop_assert!(!value_tokens(&value).is_empty());
        }
    }
}

fn tasks_once() -> &'static [falcon_tasks::Task] {
    static TASKS: std::sync::OnceLock<Vec<falcon_tasks::Task>> = std::sync::OnceLock::new();
    TASKS.get_or_init(|| falcon_tasks::Family::new(0).gold_set(1))
}
