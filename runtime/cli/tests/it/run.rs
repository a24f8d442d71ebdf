use crate::falcon::{Folder, falcon};

#[test]
fn a_program_runs_and_its_output_is_its_own() {
    let folder = Folder::new();
    let program = folder.write(
        "p.py",
        "import sys\nprint(input()[::-1])\nprint('aside', file=sys.stderr)\n",
    );
    let stdin = folder.write("in.txt", "abc\n");
    let ended = falcon(&["run", &program, "--stdin", &stdin])
        .expect(0)
        .saying(&["aside"]);
    assert_eq!(ended.stdout, "cba\n");

    let ended = falcon(&[
        "run",
        "--language",
        "python",
        &program,
        "--stdin",
        &stdin,
        "--json",
    ])
    .expect(0);
    let told = ended.json();
    assert_eq!(told["verdict"], "passed");
    assert_eq!(told["stdout"], "cba\n");
    assert_eq!(told["stderr"], "aside\n");
    assert_eq!(told["exit_code"], 0);
    assert!(told["fuel"].as_u64().unwrap() > 0 && told["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn every_end_has_its_verdict_and_the_answer_is_no() {
    let folder = Folder::new();
    for (name, program, more, verdict) in [
        (
            "loop",
            "while True: pass\n",
            &["--fuel", "300000000"][..],
            "out-of-fuel",
        ),
        (
            "bomb",
            "x = 'a' * (1 << 20)\nwhile True: x += x\n",
            &["--memory", "96MiB"],
            "out-of-memory",
        ),
        (
            "flood",
            "while True: print('x' * 10000)\n",
            &[],
            "output-limit",
        ),
        ("raise", "raise ValueError('no')\n", &[], "runtime-error"),
        ("syntax", "def f(:\n", &[], "compile-error"),
        ("after", "print('fine')\n", &[], "passed"),
    ] {
        let file = folder.write(&format!("{name}.py"), program);
        let mut arguments = vec!["run", file.as_str(), "--json"];
        arguments.extend(more);
        let ended = falcon(&arguments).expect(i32::from(verdict != "passed"));
        assert_eq!(ended.json()["verdict"], verdict, "{name}: {}", ended.stdout);
    }
}

#[test]
fn a_run_that_the_clock_ends_has_no_verdict() {
    let folder = Folder::new();
    let file = folder.write("loop.py", "while True: pass\n");
    falcon(&["run", &file, "--timeout", "300ms"])
        .expect(3)
        .saying(&["no verdict", "--timeout 300ms", "--fuel"]);
}
