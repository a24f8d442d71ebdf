use falcon_episode::program_forms;

/// A program in Python, which a model chooses and the host reads. Its forms are the same each time, and where it parses a comment
/// after it changes none of them.
pub fn form(bytes: &[u8]) {
    let program = String::from_utf8_lossy(bytes);
    let forms = program_forms("python", &program);
    assert_eq!(forms, program_forms("python", &program));
    let is_hash = |form: &String| form.len() == 32 && form.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(forms.len() <= 2 && forms.iter().all(is_hash), "{forms:?}");
    if let [of_tree, _] = forms.as_slice() {
        let remarked = program_forms("python", &format!("{program}\n# A remark."));
        assert_eq!(remarked.first(), Some(of_tree), "{program:?}");
    }
}
