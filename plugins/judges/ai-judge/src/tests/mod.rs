//! The judge with a model that says what it is told.

mod injection;

use std::cell::RefCell;

use falcon_sdk::{
    judge::{Episode, Judgement, Verdict},
    llm::{Answer, Cause, Problem, Question},
};

use crate::{
    Config, judged,
    strip::{Strip, strip},
};

const PROGRAM: &str = "def double(x):\n    # twice\n    return x + x\n";

fn config() -> Config {
    Config {
        instruction_following: 1.0,
        explanation: 1.0,
        complexity: 1.0,
        readability: 1.0,
        style: 1.0,
        strip: Strip::Nothing,
        max_tokens: 800,
    }
}

fn episode(program: &str) -> Episode {
    Episode {
        prompt: "Double a number.".to_owned(),
        reference: Some("def double(x):\n    return 2 * x\n".to_owned()),
        ..Episode::new(program, Verdict::Passed)
    }
}

/// The judgement by a model with these answers in order, and what it was asked.
fn by(
    episode: &Episode,
    config: &Config,
    answers: &[Result<&str, Cause>],
) -> (Judgement, Vec<Question>) {
    let asked: RefCell<Vec<Question>> = RefCell::default();
    let judgement = judged(episode, config, &|question| {
        let mut asked = asked.borrow_mut();
        asked.push(question.clone());
        answers[asked.len() - 1]
            .map(|text| Answer {
                text: text.to_owned(),
                whole: !text.ends_with('…'),
                tokens: 1,
            })
            .map_err(|cause| Problem {
                cause,
                message: "too much".to_owned(),
            })
    });
    (judgement.unwrap(), asked.into_inner())
}

/// An answer in the form that is asked for.
fn graded(scores: [u8; 5]) -> String {
    let [a, b, c, d, e] = scores;
    format!(
        "{{\"instruction-following\": {{\"score\": {a}, \"why\": \"all of it\"}}, \
         \"explanation\": {{\"score\": {b}, \"why\": \"some\\u0007\"}}, \"complexity\": {{\"score\": {c}, \"why\": \"\"}}, \
         \"readability\": {{\"score\": {d}, \"why\": \"\"}}, \"style\": {{\"score\": {e}, \"why\": \"\"}}}}"
    )
}

#[test]
fn the_score_is_the_weighted_mean_of_the_parts() {
    let answer = graded([10, 1, 4, 7, 10]);
    let (judgement, asked) = by(&episode(PROGRAM), &config(), &[Ok(&answer)]);
    let parts = judgement.parts.iter();
    let parts: Vec<_> = parts
        .map(|one| (&*one.name, one.score, &*one.note))
        .collect();
    assert_eq!(
        parts,
        [
            ("instruction-following", 1.0, "all of it"),
            ("explanation", 0.0, "some "),
            ("complexity", 1.0 / 3.0, ""),
            ("readability", 2.0 / 3.0, ""),
            ("style", 1.0, "")
        ]
    );
    assert!((judgement.score.unwrap() - 0.6).abs() < 1e-12);
    assert_eq!(
        (asked.len(), asked[0].max_tokens, asked[0].json),
        (1, 800, true)
    );
    let weighed = Config {
        explanation: 0.0,
        complexity: 0.0,
        readability: 0.0,
        instruction_following: 3.0,
        ..config()
    };
    let answer = graded([1, 10, 10, 10, 10]);
    let (judgement, _) = by(&episode(PROGRAM), &weighed, &[Ok(&answer)]);
    assert_eq!(judgement.score, Some(0.25));
    let fenced = format!("```json\n{answer}\n```\n");
    let (judgement, _) = by(&episode(PROGRAM), &config(), &[Ok(&fenced)]);
    assert_eq!(judgement.score, Some(0.8));
}

#[test]
fn an_answer_that_does_not_do_is_asked_for_once_more() {
    let good = graded([10; 5]);
    let missing = good.replace("\"style\": {\"score\": 10, \"why\": \"\"}", "\"x\": 1");
    let twice = good.replacen('{', "{\"style\": {\"score\": 10, \"why\": \"\"},", 1);
    for (bad, why) in [
        ("I give it 10/10.", "was not one JSON object"),
        ("{\"style\": ", "was not one JSON object"),
        (&*format!("Here: {good}"), "was not one JSON object"),
        (&format!("{good} {good}"), "was not one JSON object"),
        ("[10, 10, 10, 10, 10]", "was not one JSON object"),
        (&missing, "had other fields than those asked for"),
        (&twice, "had other fields than those asked for"),
        (
            &good.replace("10", "9.5"),
            "had other fields than those asked for",
        ),
        (
            &good.replace("10", "\"10\""),
            "had other fields than those asked for",
        ),
        (
            &good.replace("10", "-1"),
            "had other fields than those asked for",
        ),
        (
            &graded([10, 10, 10, 10, 11]),
            "had a score that is not from 1 to 10",
        ),
        (
            &graded([0, 10, 10, 10, 10]),
            "had a score that is not from 1 to 10",
        ),
        (&format!("{good}…"), "was cut off at its longest"),
    ] {
        let (judgement, asked) = by(&episode(PROGRAM), &config(), &[Ok(bad), Ok(&good)]);
        assert_eq!((judgement.score, asked.len()), (Some(1.0), 2), "{bad}");
        let first = &asked[0].messages[1].text;
        let repair = asked[1].messages[1].text.strip_prefix(&**first).unwrap();
        assert_eq!(
            repair,
            format!("An answer before this one was not accepted: it {why}. Keep to the form.\n")
        );
        let (judgement, asked) = by(&episode(PROGRAM), &config(), &[Ok(bad), Ok(bad)]);
        assert_eq!((judgement.score, asked.len()), (None, 2), "{bad}");
        assert!(judgement.parts.is_empty());
        assert_eq!(
            judgement.notes,
            [format!("the model's answer {why}, also when asked again")]
        );
    }
}

#[test]
fn without_an_answer_it_abstains() {
    for cause in [
        Cause::Budget,
        Cause::Unavailable,
        Cause::Refused,
        Cause::TooMany,
    ] {
        let (judgement, _) = by(&episode(PROGRAM), &config(), &[Err(cause)]);
        assert_eq!(judgement.score, None);
        let note = &judgement.notes[0];
        assert!(
            note.starts_with("the model gave no answer (Cause::"),
            "{note}"
        );
        assert!(note.ends_with("): too much"), "{note}");
    }
    // Nothing to ask about.
    let fault = Episode {
        verdict: Verdict::Infrastructure,
        ..episode(PROGRAM)
    };
    let long = episode(&"x = 1\n".repeat(10_000));
    for (episode, words) in [
        (fault, "the machinery failed"),
        (episode(" \n"), "there is no program"),
        (long, "the program has 60000 bytes"),
    ] {
        let (judgement, asked) = by(&episode, &config(), &[]);
        assert_eq!((judgement.score, asked.len()), (None, 0));
        assert!(judgement.notes[0].contains(words), "{:?}", judgement.notes);
    }
}

#[test]
fn weights_of_nothing_are_an_error() {
    let none = Config {
        instruction_following: 0.0,
        explanation: 0.0,
        complexity: 0.0,
        readability: 0.0,
        style: 0.0,
        ..config()
    };
    let error = judged(&episode(PROGRAM), &none, &|_| unreachable!()).unwrap_err();
    assert_eq!(error.code, "config");
}

#[test]
fn comments_and_strings_can_be_left_out() {
    use Strip::{Comments, CommentsAndStrings};
    for (language, program, what, wanted) in [
        ("python", "x = '#' # c\ny", Comments, "x = '#' \ny"),
        ("python", "x = '#a\\'' # c", CommentsAndStrings, "x = '' "),
        (
            "python",
            "\"\"\"a\n'b\"\"\"\nx",
            CommentsAndStrings,
            "\"\"\"\"\"\"\nx",
        ),
        ("python", "x = 'open\n# c\ny", Comments, "x = 'open\n\ny"),
        ("c", "a /* b\n c */ d // e", Comments, "a \n d "),
        ("cpp", "int a = 1'000; // '", Comments, "int a = 1'000; "),
        ("c", "char q = '\"'; // \"", Comments, "char q = '\"'; "),
        (
            "javascript",
            "f(`// ${a}`, '/*') /* x */",
            Comments,
            "f(`// ${a}`, '/*')  ",
        ),
        ("lua", "a --[[ b\n]] c -- d", Comments, "a \n c "),
        (
            "lua",
            "a = [[ \\]] .. 'x'",
            CommentsAndStrings,
            "a = [[]] .. ''",
        ),
        // Programs that would hide what they say, or what they do.
        ("python", "x = '\\\n' # c\ny", Comments, "x = '\\\n' \ny"),
        ("c", "// a \\\n c\nd", Comments, "\nd"),
        ("c", "u8\"//\"; ugly();", Comments, "u8\"//\"; ugly();"),
        ("cpp", "case'\"': x; // '", Comments, "case'\"': x; "),
        ("javascript", "// a \\\nb", Comments, "\nb"),
        ("lua", "--[===[ a\n]==] ]===] b", Comments, "\n b"),
        (
            "lua",
            "[====[ ]] ]====] .. 'open",
            CommentsAndStrings,
            "[====[]====] .. ''",
        ),
    ] {
        let stripped = strip(program, language, what);
        assert_eq!(stripped.as_deref(), Some(wanted), "{language}: {program}");
    }
    let stripped = Config {
        strip: Comments,
        ..config()
    };
    let answer = graded([5; 5]);
    let (_, asked) = by(&episode(PROGRAM), &stripped, &[Ok(&answer)]);
    assert!(!asked[0].messages[1].text.contains("twice"));
    let foreign = Episode {
        language: "cobol".to_owned(),
        ..episode(PROGRAM)
    };
    let (judgement, asked) = by(&foreign, &stripped, &[]);
    assert_eq!((judgement.score, asked.len()), (None, 0));
}
