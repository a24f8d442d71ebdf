//! Files that a task gives: what programs find, and what they cannot do with them.

use falcon_episode::{Call, Compare, Files, Harness, Stdio, Submission, Tests, Value, Verdict};
use falcon_grading::{Execution, Language, execute};
use falcon_host::language::Limits;

use crate::{
    held::first_failure,
    support::{plugin, python, small, submission},
};

fn given(files: &[(&str, &[u8])]) -> Files {
    let files = files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), content.to_vec()));
    Files::new(files).unwrap()
}

fn run(
    language: &Language,
    program: &str,
    tests: Tests,
    files: &Files,
    limits: &Limits,
) -> Execution {
    let submission = Submission {
        language: language.name.clone(),
        files: files.clone(),
        ..submission(program, tests)
    };
    execute(&language.pack, &submission, limits).unwrap()
}

fn prints(expected: &[&str]) -> Tests {
    let run = |expected: &&str| Stdio {
        input: String::new(),
        expected: (*expected).to_owned(),
        compare: Compare::Exact,
    };
    Tests::Stdio(expected.iter().map(run).collect())
}

/// Whole programs in each language, with the files `data/words.txt` and `raw.bin`, run twice: no run finds what another left.
#[test]
fn each_run_finds_the_files_as_they_are_given() {
    let files = given(&[
        ("data/words.txt", b"one\ntwo\n"),
        ("raw.bin", &[0xff, 0, b'x']),
    ]);
    for (pack, program, expected) in [
        (
            "falcon-python.wasm",
            "import os\nprint(os.path.exists('left'), open('raw.bin', 'rb').read(), open('/data/words.txt').readlines()[1], end='')\n\
             open('left', 'w').write('x')\nopen('data/words.txt', 'w').write('')\nos.remove('raw.bin')\n",
            "False b'\\xff\\x00x' two\n",
        ),
        (
            "falcon-lua.wasm",
            "print(io.open('left'), #io.open('raw.bin', 'rb'):read('a'), io.open('data/words.txt'):read('l'))\n\
             io.open('left', 'w'):write('x'):close()\nio.open('data/words.txt', 'w'):close()\nos.remove('raw.bin')\n",
            "nil\t3\tone\n",
        ),
        (
            "falcon-javascript.wasm",
            "const fs = require('fs');\n\
             console.log(fs.existsSync('left'), fs.readFileSync('raw.bin').length, fs.readFileSync('data/words.txt', 'utf8').split('\\n')[1]);\n\
             fs.writeFileSync('left', 'x');\nfs.writeFileSync('data/words.txt', '');\nfs.unlinkSync('raw.bin');\n",
            "false 3 two\n",
        ),
        (
            "falcon-cpp.wasm",
            "#include <fstream>\n#include <iostream>\n#include <string>\n#include <cstdio>\nint main() {\n\
             std::string word; std::ifstream(\"data/words.txt\") >> word;\n\
             std::cout << bool(std::ifstream(\"left\")) << ' ' << word << '\\n';\n\
             std::ofstream(\"left\") << 'x'; std::ofstream(\"data/words.txt\") << \"\"; std::remove(\"raw.bin\");\n}\n",
            "0 one\n",
        ),
    ] {
        let language = Language::of(&plugin(pack)).unwrap();
        let tests = || prints(&[expected, expected]);
        let done = run(&language, program, tests(), &files, &small());
        let said = first_failure(&done);
        assert_eq!(done.verdict, Verdict::Passed, "{pack}: {said}");
        let again = run(&language, program, tests(), &files, &small());
        assert_eq!(done.fuel, again.fuel, "{pack}");
    }
}

/// The test program has its own of the files, and never those that the program wrote.
#[test]
fn both_sides_find_them_and_neither_the_others() {
    let files = given(&[("words.txt", b"one two three")]);
    let program = "def count():\n    words = open('words.txt').read().split()\n    \
                   open('words.txt', 'w').write('none')\n    return len(words)\n";
    let harness = Tests::Harness(Harness {
        tests: "assert count() == len(open('words.txt').read().split())\nassert count() == 1\n\
                assert open('words.txt').read() == 'one two three'\n"
            .to_owned(),
        remote: vec!["count".to_owned()],
        ..Harness::default()
    });
    let calls = Tests::Calls {
        function: "count".to_owned(),
        calls: [3, 1]
            .map(|expected| Call {
                arguments: Vec::new(),
                expected: Value::Int(expected),
            })
            .into(),
    };
    for tests in [harness, calls] {
        let done = run(&python(), program, tests, &files, &small());
        let said = first_failure(&done);
        assert_eq!(done.verdict, Verdict::Passed, "{said}");
    }
}

/// What is hostile about files, in Python and in C++, whose ways to them are not the same.
#[test]
fn what_programs_do_with_files_is_bounded() {
    let files = given(&[("given.txt", b"given")]);
    let cpp = |body: &str| {
        format!(
            "#include <cstdio>\n#include <fstream>\n#include <string>\nint main() {{\n{body}\n}}\n"
        )
    };
    let full = "filled its files";
    for (pack, program, verdict, says) in [
        (
            "falcon-python.wasm",
            "with open('f', 'wb') as file:\n    while 1: file.write(bytes(1 << 20))\n".to_owned(),
            Verdict::OutputLimit,
            full,
        ),
        (
            "falcon-python.wasm",
            "open('f', 'wb').truncate(1 << 40)\n".to_owned(),
            Verdict::OutputLimit,
            full,
        ),
        (
            "falcon-python.wasm",
            "for n in range(10**6): open(f'{n}', 'w').close()\n".to_owned(),
            Verdict::OutputLimit,
            full,
        ),
        (
            "falcon-python.wasm",
            "import os\nfor n in range(10**6): os.mkdir(f'{n}')\n".to_owned(),
            Verdict::OutputLimit,
            full,
        ),
        (
            // What was removed and is still open counts.
            "falcon-python.wasm",
            "import os\nheld = []\nwhile 1:\n    held.append(open('f', 'wb', 0))\n    held[-1].write(bytes(1 << 20))\n    os.remove('f')\n"
                .to_owned(),
            Verdict::OutputLimit,
            full,
        ),
        (
            "falcon-cpp.wasm",
            cpp("std::ofstream file(\"f\"); std::string part(1 << 20, 'x'); for (;;) file << part;"),
            Verdict::OutputLimit,
            full,
        ),
        (
            "falcon-cpp.wasm",
            cpp("for (int n = 0; n < 1000000; ++n) std::ofstream(std::to_string(n)) << 1;"),
            Verdict::OutputLimit,
            full,
        ),
    ] {
        let language = Language::of(&plugin(pack)).unwrap();
        let limits = Limits {
            fuel: 50_000_000_000,
            memory: 256 << 20,
            ..Limits::default()
        };
        let done = run(&language, &program, prints(&[""]), &files, &limits);
        let said = first_failure(&done);
        assert_eq!(done.verdict, verdict, "{program}: {said}");
        assert!(said.contains(says), "{program}: {said}");
    }
}

/// A file that was opened to be read alone, by the ways of a compiled program and of an interpreter.
#[test]
fn what_is_opened_to_be_read_is_not_written() {
    let files = given(&[("given.txt", b"given")]);
    let c = "#include <errno.h>\n#include <fcntl.h>\n#include <stdio.h>\n#include <unistd.h>\n\
        static void tried(long came) { printf(\"%s \", came >= 0 ? \"done\" : errno == EBADF ? \"EBADF\" : errno == EINVAL ? \"EINVAL\" : errno == EISDIR ? \"EISDIR\" : \"another\"); }\n\
        int main(void) {\n\
        int read_only = open(\"given.txt\", O_RDONLY), both = open(\"given.txt\", O_RDWR), more = open(\"given.txt\", O_WRONLY | O_APPEND);\n\
        tried(open(\".\", O_RDWR)); tried(write(read_only, \"x\", 1)); tried(pwrite(read_only, \"x\", 1, 0)); tried(ftruncate(read_only, 0));\n\
        tried(write(both, \"G\", 1)); tried(ftruncate(both, 3)); tried(write(more, \"!\", 1));\n\
        printf(\"%d %d \", (fcntl(read_only, F_GETFL) & O_ACCMODE) == O_RDONLY, (fcntl(both, F_GETFL) & O_ACCMODE) == O_RDWR);\n\
        char text[8] = \"\"; tried(pread(read_only, text, 7, 0)); puts(text);\n}\n";
    let python = "import errno, os\nfile = os.open('given.txt', os.O_RDONLY)\n\
        try: os.write(file, b'x')\nexcept OSError as error: print(error.errno == errno.EBADF, os.read(file, 9))\n";
    for (pack, program, expected) in [
        (
            "falcon-c.wasm",
            c,
            "EISDIR EBADF EBADF EINVAL done done done 1 1 done Giv!\n",
        ),
        ("falcon-python.wasm", python, "True b'given'\n"),
    ] {
        let language = Language::of(&plugin(pack)).unwrap();
        let done = run(&language, program, prints(&[expected]), &files, &small());
        let said = first_failure(&done);
        assert_eq!(done.verdict, Verdict::Passed, "{pack}: {said}");
    }
}

/// Paths that lead out of the folder lead nowhere, and none reaches the machine.
#[test]
fn odd_paths_lead_nowhere() {
    let files = given(&[("a/b.txt", b"b")]);
    let program = "import os\n\
        def tried(path, mode='r'):\n    \
            try:\n        open(path, mode).close()\n        return 'open'\n    \
            except (OSError, ValueError) as error:\n        return type(error).__name__\n\
        paths = ['/etc/passwd', '../etc/passwd', 'a/../../etc/passwd', '/proc/self/environ', 'a', 'a/b.txt/c', '', '\\0', 'x' * 5000]\n\
        print([tried(path) for path in paths])\n\
        print([tried(path, 'w') for path in ['none/x', 'a/b.txt/c', 'a', 'x' * 300]])\n\
        print([tried(path) for path in ['a/b.txt', './a/b.txt', 'a/./b.txt', 'a//b.txt', '/a/b.txt', 'a/../a/b.txt']])\n\
        for step in [lambda: os.rmdir('a'), lambda: os.rename('a', 'a/c'), lambda: os.rmdir('/'), lambda: os.remove('a'), lambda: os.symlink('a', 'l'), lambda: os.link('a/b.txt', 'l')]:\n    \
            try: step()\n    \
            except (OSError, AttributeError): print('no', end=' ')\n\
        print(sorted(os.listdir('/')), os.listdir('a'))\n";
    // WASI's C library takes an empty path for the folder itself.
    let expected = "['FileNotFoundError', 'FileNotFoundError', 'FileNotFoundError', 'FileNotFoundError', 'IsADirectoryError', \
        'FileNotFoundError', 'IsADirectoryError', 'ValueError', 'OSError']\n\
        ['FileNotFoundError', 'NotADirectoryError', 'IsADirectoryError', 'OSError']\n\
        ['open', 'open', 'open', 'open', 'open', 'open']\n\
        no no no no no no ['a'] ['b.txt']\n";
    let done = run(&python(), program, prints(&[expected]), &files, &small());
    assert_eq!(done.verdict, Verdict::Passed, "{}", first_failure(&done));
}

/// A task that gives no files has no folder either, as it always was.
#[test]
fn without_files_there_is_no_folder() {
    let program = "import os\ntry:\n    os.listdir('/')\nexcept OSError:\n    print('none')\n";
    let done = run(
        &python(),
        program,
        prints(&["none\n"]),
        &Files::default(),
        &small(),
    );
    assert_eq!(done.verdict, Verdict::Passed, "{}", first_failure(&done));
}
