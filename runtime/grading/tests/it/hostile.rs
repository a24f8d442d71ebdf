//! The attack corpus: each file refused, and why; each honest twin accepted.

use falcon_episode::{Episode, Tests};

use crate::{
    corpus::{Program, programs},
    support::{add_calls, add_harness, asserts, grade, pipeline, small},
};

/// The forms of tests a file is graded with: those of `add`, or the test program of the task it names.
fn forms(program: &Program) -> Vec<(&'static str, Tests)> {
    let Some(task) = program.header("task") else {
        return program.forms(add_harness());
    };
    let found = TASKS.iter().find(|(name, ..)| *name == task);
    let (name, tests, reference) = found.unwrap_or_else(|| panic!("no task {task}"));
    vec![(name, asserts(tests, reference))]
}

/// Tasks beside `add`, by name: the test program and the names that are the program's.
const TASKS: &[(&str, &str, &str)] = &[
    (
        "sorted",
        "numbers = [3, 1, 2]\nassert ascending(numbers) == [1, 2, 3]\nassert numbers == [1, 2, 3]\n",
        "def ascending(numbers): ...",
    ),
    (
        "pairs",
        "for i, square in pairs(4):\n    assert square == i * i\nassert list(pairs(2)) == [(0, 0), (1, 1)]\n",
        "def pairs(n): ...",
    ),
    (
        "stack",
        "s = Stack()\ns.push(1)\nassert s.pop() == 1\ns.items.append(2)\nassert s.pop() == 2\nempty = False\ntry:\n    s.pop()\nexcept StackEmpty as error:\n    empty = str(error)\nassert empty == 'nothing to pop'\n",
        "class StackEmpty(Exception): ...\nclass Stack: ...",
    ),
    (
        "round_trip",
        "for value in (1, [2], 'three'):\n    assert decode(encode(value)) == value\nassert decode([encode(1), encode(2)]) == encode(1)\n",
        "def encode(value): ...\ndef decode(value): ...",
    ),
    (
        "mapped",
        "CASES = [(1, 2), (2, 4)]\nassert all(map(lambda c: double(c[0]) == c[1], CASES))\nassert all(got == want for got, (_, want) in zip(map(lambda c: double(c[0]), CASES), CASES))\n",
        "def double(x): ...",
    ),
    (
        "inspected",
        "f = made()\nassert callable(f)\nassert f(1) == 2\nassert f.__name__ == 'inner'\nassert f.__doc__ == 'Adds one.'\n",
        "def made(): ...",
    ),
    (
        "nested",
        "data = [[3], [1], [2]]\nwant = sorted(data)\narrange(data)\nassert data == want\nqueue = [[1], [2]]\nfirst = queue[0]\nassert take(queue) == [1]\nassert first == [1] and queue == [[2]]\nrows = [[1], [2], [3]]\na, b, c = rows\nturn(rows)\nassert rows == [[3], [2], [1]] and rows[0] is c and a == [1]\n",
        "def arrange(x): ...\ndef take(x): ...\ndef turn(x): ...",
    ),
    (
        "copies",
        "s = Stack()\ns.push(1)\ns.push(2)\nbefore = s.items\nassert s.peek() == 2\nassert s.items == before\ns.push(3)\nassert s.items == before + [3]\n",
        "class Stack: ...",
    ),
    (
        "raised",
        "assert issubclass(Empty, Exception)\nassert str(Empty('x')) == 'x'\n",
        "class Empty(Exception): ...",
    ),
    (
        "counted",
        "assert total(count('aab').values()) == 3\n",
        "def count(text): ...\ndef total(values): ...",
    ),
    (
        "counter",
        "next_number = make_counter()\nassert double(next_number()) == 2\n",
        "def make_counter(): ...\ndef double(x): ...",
    ),
    (
        "kind",
        "assert kind(type(first())) == 'int'\n",
        "def first(): ...\ndef kind(t): ...",
    ),
];

fn corpus(folder: &str) -> Vec<Program> {
    programs(folder, "py", "#")
}

#[test]
fn every_attack_is_refused_and_why() {
    let pipeline = pipeline(small());
    let attacks = corpus("");
    assert!(attacks.len() >= 50, "the corpus is not where it should be");
    let mut wrong = Vec::new();
    for attack in &attacks {
        for (form, tests) in forms(attack) {
            let episode = grade(&pipeline, &attack.source, tests);
            let said = episode
                .first_failure()
                .map_or("", |test| test.message.as_str());
            wrong.extend(attack.differs(form, episode.verdict, said));
            if !episode.reward.is_some_and(|reward| reward < 1.0) {
                wrong.push(format!(
                    "{} ({form}): the reward is {:?}",
                    attack.name, episode.reward
                ));
            }
            next_program_is_unaffected(&pipeline, &attack.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn next_program_is_unaffected(pipeline: &falcon_grading::Pipeline, after: &str) {
    let honest = "def add(a, b):\n    return a + b\n";
    let episode = grade(pipeline, honest, add_calls());
    assert!(
        episode.passed(),
        "after {after}: {:?}",
        episode.first_failure()
    );
}

#[test]
fn honest_twins_pass() {
    let pipeline = pipeline(small());
    let twins = corpus("twins");
    assert!(twins.len() >= 10, "the twins are not where they should be");
    for twin in &twins {
        for (form, tests) in forms(twin) {
            let episode = grade(&pipeline, &twin.source, tests);
            assert!(
                episode.passed(),
                "{} ({form}): {:?}",
                twin.name,
                episode.first_failure()
            );
        }
    }
}

#[test]
fn the_same_program_uses_the_same_fuel_and_gets_the_same_verdict() {
    let pipeline = pipeline(small());
    let key = |episode: &Episode| (episode.verdict, episode.fuel, episode.tests.clone());
    for name in [
        "always_equal",
        "infinite_loop",
        "memory_bomb",
        "harvest_arguments",
    ] {
        let attacks = corpus("");
        let attack = attacks.iter().find(|attack| attack.name == name).unwrap();
        for (_, tests) in forms(attack) {
            let first = grade(&pipeline, &attack.source, tests.clone());
            let second = grade(&pipeline, &attack.source, tests);
            assert_eq!(key(&first), key(&second), "{name}");
        }
    }
}
