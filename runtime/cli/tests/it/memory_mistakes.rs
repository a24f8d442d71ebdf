//! What memories are kept from, and what of a stranger's text people see.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    falcon::{Folder, falcon, fixture},
    swap::killed_when,
};

/// A line of `falcon memory import`, of a task that is nobody's.
fn line() -> Value {
    json!({
        "task_id": "mine", "behaviour": "feed01", "language": "python",
        "prompt": "what is mine", "program": "return 'mine'", "score": 1.0,
    })
}

#[test]
fn nothing_is_imported_that_a_resumption_would_drop() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let begin = ["train", "--config", &config, "--out", &out];
    let checkpoint = format!("{out}/checkpoint/state.safetensors");
    killed_when(&begin, || Path::new(&checkpoint).exists());
    let file = folder.write("items.jsonl", line().to_string());
    let train = format!("{out}/memory/train");
    // Also under another name of the same folder.
    for memory in [&train, &format!("{train}/../train")] {
        falcon(&["memory", "import", memory, &file])
            .expect(2)
            .saying(&["is not finished", "a folder of its own", "--resume"]);
    }
    falcon(&["memory", "import", &folder.path("own"), &file]).expect(0);
    falcon(&["train", "--resume", &out]).expect(0);
    let import = ["memory", "import", &train, &file, "--json"];
    let told = falcon(&import).expect(0).json();
    assert_eq!(told["entered"], 1, "{told}");
}
