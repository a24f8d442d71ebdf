//! The image of CPython inside the Python pack.

use falcon_episode::{Compare, Stdio, Tests};

use crate::support::{grade, pipeline, small};

#[test]
fn what_it_holds_is_immortal_and_what_a_program_makes_is_not() {
    // A count that is written is a page copied, for each program anew: so the list of objects was found when the pack was built.
    let program = "\
import collections, sys
def made(): pass
library = collections.namedtuple
looked_at = [library, library.__code__, library.__code__.co_consts, made]
print(*(sys.getrefcount(one) >= 1 << 30 for one in looked_at))
";
    let prints = Stdio {
        input: String::new(),
        expected: "True True True False\n".to_owned(),
        compare: Compare::Exact,
    };
    let episode = grade(&pipeline(small()), program, Tests::Stdio(vec![prints]));
    assert!(episode.passed(), "{episode:?}");
}
