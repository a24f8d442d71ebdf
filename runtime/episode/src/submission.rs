use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeTuple as _,
};

use crate::{Files, Value, decode_trusted, encode};

/// A program to grade, and what to grade it with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submission {
    /// The task's id.
    pub task_id: String,
    /// The task set: `pool` of PyMini, `humaneval`; judges are chosen by it. Empty where it is not known.
    pub split: String,
    /// The language pack's name: `python`.
    pub language: String,
    /// The task as the policy saw it; judges may read it.
    pub prompt: String,
    /// The whole program.
    pub program: String,
    /// A known good program, where the task has one; judges may read it, the candidate's instance never does.
    pub reference: Option<String>,
    /// 1 for the first attempt on the task.
    pub attempt: u32,
    /// The least fuel by which a program is known to pass this task, where that is known; judges may read it.
    pub cheapest_fuel: Option<u64>,
    /// The tests.
    pub tests: Tests,
    /// Files that the program finds, and the test program too; each instance has its own of them.
    pub files: Files,
}

/// How a program is tested.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Tests {
    /// Calls of one function with plain data, compared on the host. The cheapest form.
    Calls {
        /// The function to call.
        function: String,
        /// One test each.
        calls: Vec<Call>,
    },
    /// A trusted test program in an instance of its own, whose candidate is remote.
    Harness(Harness),
    /// Whole program, standard input to standard output, compared on the host.
    Stdio(Vec<Stdio>),
}

/// One call and what it must return.
#[derive(Clone, Debug)]
pub struct Call {
    /// Positional arguments.
    pub arguments: Vec<Value>,
    /// The value that must come back: equal in type and content.
    pub expected: Value,
}

/// A trusted test program.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Harness {
    /// The test program.
    pub tests: String,
    /// Code that the task itself gives to both sides; empty for none.
    pub shared: String,
    /// The reference solution; stays on the host and the test side.
    pub reference: String,
    /// Names in the test program that stand for the candidate's.
    pub remote: Vec<String>,
    /// A function of the test program to call with the first remote name; empty for none.
    pub entry: String,
}

/// One run of a whole program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stdio {
    /// Standard input.
    pub input: String,
    /// Standard output that must come, whole.
    pub expected: String,
    /// When what came is what must come.
    #[serde(default)]
    pub compare: Compare,
}

/// When a whole program's output is what it must be. Output that is not UTF-8 never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// Byte for byte.
    Exact,
    /// The same lines, where white space at their ends and at the end of the text does not count.
    #[default]
    Text,
    /// The same words, whatever white space lies between them.
    Tokens,
    /// The same words, where two numbers are the same if they differ by at most this, absolutely or relative to the
    /// expected one, and words that are no numbers are compared as texts.
    Numbers(f64),
}

/// As two byte strings of encoded plain data: the list of arguments, and the expected value.
impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&encode(&Value::List(self.arguments.clone())))?;
        pair.serialize_element(&encode(&self.expected))?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (arguments, expected) = <(Vec<u8>, Vec<u8>)>::deserialize(deserializer)?;
        let value = |bytes: &[u8]| decode_trusted(bytes).map_err(D::Error::custom);
        match value(&arguments)? {
            Value::List(arguments) => Ok(Self {
                arguments,
                expected: value(&expected)?,
            }),
            _ => Err(D::Error::custom("a call's arguments are no list")),
        }
    }
}
