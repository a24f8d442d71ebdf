//! Exceptions of the program: what the tests may ask of their classes and of those that were caught.

use falcon_episode::Verdict;

use crate::support::{asserts, grade, pipeline, small};

const PROGRAM: &str = r#"
import json

class Bad(ValueError):
    """Doc."""
    code = 7
    def __init__(self, field, n=0):
        super().__init__('bad ' + field)
        self.field, self.n = field, n
    @classmethod
    def of(cls, x):
        return cls(x)

class Worse(Bad):
    def __str__(self):
        return 'worse ' + self.field

class Missing(KeyError):
    pass

class Gone(KeyError):
    def __str__(self):
        return 'gone ' + self.args[0]

class Unread(json.JSONDecodeError):
    pass

def check(d):
    raise Bad('age', 3)
def worse():
    raise Worse('x')
def missing():
    raise Missing('k')
def gone():
    raise Gone('k')
def unread():
    raise Unread('x', 'y', 0)
def parse():
    json.loads('{')
def name_of(kind):
    return kind.__name__
def describe(error):
    return type(error).__name__ + ': ' + str(error)
"#;

const CAUGHT: &str = "def caught(kind, f, *a):\n    try:\n        f(*a)\n    except kind as error:\n        return error\ne = caught(Bad, check, {})\n";

#[test]
fn their_classes_and_instances_are_the_program_s() {
    let pipeline = pipeline(small());
    for test in [
        "assert e.field == 'age' and e.n == 3",
        "assert str(e) == 'bad age' and e.args == ('bad age',)",
        "assert isinstance(e, ValueError) and isinstance(e, Bad) and type(e) is Bad",
        "assert hasattr(e, 'field') and not hasattr(e, 'nothing') and e.field == 'age'",
        "assert Bad('x').field == 'x' and Bad('x', n=4).n == 4",
        "assert str(Bad('x')) == 'bad x' and isinstance(Bad('x'), ValueError)",
        "assert issubclass(Bad, ValueError) and issubclass(Worse, Bad)",
        "assert Bad.code == 7 and Bad.__doc__ == 'Doc.' and Bad.of('y').field == 'y'",
        "Bad.code = 9\nassert Bad.code == 9",
        "assert name_of(Bad) == 'Bad'",
        "assert describe(e) == 'Bad: bad age' and describe(Bad('z')) == 'Bad: bad z'",
        "assert str(caught(Worse, worse)) == 'worse x' and str(caught(Bad, worse)) == 'worse x'",
        "assert isinstance(caught(Exception, worse), Bad)",
        "assert str(caught(Missing, missing)) == \"'k'\" and caught(Missing, missing).args == ('k',)",
        "assert str(caught(Gone, gone)) == 'gone k'",
        "assert caught(Unread, unread) is not None and caught(ValueError, unread) is not None",
        "import json\nassert caught(json.JSONDecodeError, parse) is not None",
        "got = None\ntry:\n    raise Bad('mine')\nexcept ValueError as error:\n    got = error.field\nassert got == 'mine'",
        "import unittest\ncase = unittest.TestCase()\nwith case.assertRaises(Bad) as seen:\n    check({})\nassert seen.exception.field == 'age'",
    ] {
        let episode = grade(
            &pipeline,
            PROGRAM,
            asserts(&format!("{CAUGHT}{test}"), PROGRAM),
        );
        assert!(episode.passed(), "{test}: {:?}", episode.tests);
    }
}

#[test]
fn what_the_program_did_not_say_is_no_answer() {
    let pipeline = pipeline(small());
    let no_class = "pass\n";
    let no_exception = "class Bad:\n    def __init__(self, x):\n        self.field = x\n    def __str__(self):\n        return 'bad ' + self.field\n";
    for (program, test) in [
        (no_class, "assert issubclass(Bad, Exception)"),
        (no_class, "assert str(Bad('x')) == 'bad x'"),
        (no_class, "assert Bad"),
        (no_exception, "assert issubclass(Bad, Exception)"),
        (no_exception, "assert isinstance(Bad('x'), Exception)"),
        (no_exception, "assert str(Bad('x')) == 'bad x'"),
        (PROGRAM, "assert hasattr(Bad, '__len__')"),
        (PROGRAM, "assert not hasattr(Bad, '__len__')"),
        (PROGRAM, "assert Bad.__init__"),
        (PROGRAM, "assert Bad('x') != Bad('y')"),
        // The program keeps the one that it raised last.
        (
            PROGRAM,
            "def caught(f, *a):\n    try:\n        f(*a)\n    except Exception as error:\n        return error\nfirst = caught(check, {})\nsecond = caught(worse)\nassert first.field == 'age'",
        ),
    ] {
        let episode = grade(&pipeline, program, asserts(test, PROGRAM));
        assert!(
            episode.verdict != Verdict::Passed && episode.reward.is_some(),
            "{test}: {} {:?}",
            episode.verdict,
            episode.tests
        );
    }
}
