use super::*;

fn given(files: &[(&str, usize)]) -> Files {
    let files = files
        .iter()
        .map(|(path, size)| ((*path).to_owned(), vec![b'x'; *size]));
    Files::given(&falcon_episode::Files::new(files).unwrap())
}

const MAKE: How = How {
    create: true,
    exclusive: false,
    truncate: false,
};

fn make(files: &mut Files, path: &str) -> Result<File, i32> {
    match files.open(path, MAKE)? {
        Found::File(file) => Ok(file),
        Found::Folder => Err(errno::ISDIR),
    }
}

fn text(file: &File) -> String {
    let shown = file.read(0, 100, <[u8]>::to_vec);
    String::from_utf8(shown).unwrap()
}

#[test]
fn sizes_count_however_they_come_about_and_until_nobody_holds_them() {
    let mut files = given(&[("large", 1 << 20)]);
    let file = make(&mut files, "/a").unwrap();
    assert_eq!(file.resize(ROOM as u64 + 1), Err(errno::NOSPC));
    assert_eq!(file.resize(u64::MAX), Err(errno::NOSPC));
    assert_eq!(file.write(ROOM as u64, b"x"), Err(errno::NOSPC));
    assert_eq!(file.write(u64::MAX, b"x"), Err(errno::FBIG));
    assert_eq!(file.size(), 0);
    file.resize(ROOM as u64 - 1).unwrap();
    // What was given counts once it is changed, with all of it.
    let large = make(&mut files, "/large").unwrap();
    assert_eq!(large.write(0, b"y"), Err(errno::NOSPC));
    assert_eq!(text(&large), "x".repeat(100));
    files.remove("/a").unwrap();
    assert_eq!(large.write(0, b"y"), Err(errno::NOSPC), "it is still open");
    drop(file);
    large.write(0, b"y").unwrap();
    assert!(text(&large).starts_with("yx"));
    // What is cut off is given back.
    let file = make(&mut files, "/a").unwrap();
    let rest = ROOM as u64 - (1 << 20);
    file.resize(rest).unwrap();
    assert_eq!(file.write(rest, b"x"), Err(errno::NOSPC));
    file.resize(1).unwrap();
    file.write(rest - 1, b"x").unwrap();
}

/// Whatever the pieces in which a file is written, the memory behind it is little more than its size.
#[test]
fn memory_follows_the_sizes() {
    let mut files = given(&[("given", 1)]);
    let memory = |file: &File| file.content().unwrap().capacity() as u64;
    let file = make(&mut files, "/pieces").unwrap();
    // Past 32 MiB, where a vector that doubles takes 64.
    let piece = vec![b'x'; (1 << 20) - 1];
    while file.size() <= 33 << 20 {
        file.write(file.size(), &piece).unwrap();
        let (size, memory) = (file.size(), memory(&file));
        assert!(memory <= size + size / 4, "{memory} for {size}");
    }
    file.resize(file.size() + 1).unwrap();
    assert!(memory(&file) <= file.size() + file.size() / 4);
    let large = make(&mut files, "/large").unwrap();
    large.resize(20 << 20).unwrap();
    assert_eq!(memory(&large), large.size());
    assert_eq!(large.read(large.size() - 1, 9, <[u8]>::to_vec), [0_u8]);
    large.resize(3).unwrap();
    assert_eq!(memory(&large), 3);
}

#[test]
fn files_and_folders_are_counted_and_what_is_done_is_owed() {
    let mut files = given(&[("given", 1)]);
    for number in 1..NAMES {
        let path = format!("/{number}");
        if number % 2 == 0 {
            files.make_folder(&path).unwrap();
        } else {
            make(&mut files, &path).unwrap();
        }
    }
    assert_eq!(make(&mut files, "/more").err(), Some(errno::NOSPC));
    assert_eq!(files.make_folder("/more"), Err(errno::NOSPC));
    files.rename("/1", "/more").unwrap();
    files.remove("/more").unwrap();
    files.make_folder("/more").unwrap();
    files.owed();
    assert_eq!(files.list("").len(), NAMES);
    assert!(files.owed() >= NAME_PRICE * NAMES as u64);
    assert_eq!(files.owed(), 0);
    let file = make(&mut files, "/given").unwrap();
    file.resize(1 << 20).unwrap();
    assert!(files.owed() >= 1 << 19);
    let open: Vec<_> = (0..LISTINGS).map(|_| files.listing("").unwrap()).collect();
    assert_eq!(files.listing("").err(), Some(errno::MFILE));
    drop(open);
    assert_eq!(files.listing("").unwrap().count(), NAMES);
}

#[test]
fn names_lead_to_what_is_there_now() {
    let mut files = given(&[("a/b", 1), ("a/c/d", 1)]);
    let file = make(&mut files, "/a/b").unwrap();
    files.rename("/a/b", "/moved").unwrap();
    file.write(0, b"same").unwrap();
    assert_eq!(text(&make(&mut files, "/moved").unwrap()), "same");
    assert!(file.is(&make(&mut files, "/moved").unwrap()));
    files.rename("/a", "/z").unwrap();
    assert_eq!(
        files.list(""),
        [("moved".to_owned(), false), ("z".to_owned(), true)]
    );
    assert_eq!(files.list("/z/c"), [("d".to_owned(), false)]);
    for (from, to, wanted) in [
        ("/z", "/z/c/inside", Err(errno::INVAL)),
        ("/moved", "/z", Err(errno::ISDIR)),
        ("/z", "/moved", Err(errno::NOTDIR)),
        ("/none", "/other", Err(errno::NOENT)),
        ("/moved", "/none/other", Err(errno::NOENT)),
        ("/moved", "/z/c/d", Ok(())),
    ] {
        assert_eq!(files.rename(from, to), wanted, "{from} {to}");
    }
    assert_eq!(text(&make(&mut files, "/z/c/d").unwrap()), "same");
    for (path, wanted) in [
        ("", errno::PERM),
        ("/z", errno::NOTEMPTY),
        ("/z/c/d", errno::NOTDIR),
        ("/none", errno::NOENT),
    ] {
        assert_eq!(files.remove_folder(path), Err(wanted), "{path}");
    }
    files.remove("/z/c/d").unwrap();
    files.remove_folder("/z/c").unwrap();
    assert!(files.list("/z").is_empty());
    assert_eq!(make(&mut files, "/z/c/d").err(), Some(errno::NOENT));
    let long = format!("/{}", "x".repeat(NAME + 1));
    assert_eq!(make(&mut files, &long).err(), Some(errno::NAMETOOLONG));
}

#[test]
fn paths_stay_below_the_root() {
    for (folder, name, wanted) in [
        ("", "a", "/a"),
        ("/a", "b", "/a/b"),
        ("/a", "../../..", ""),
        ("/a", "../../etc//passwd/", "/etc/passwd"),
        ("/a", "./.", "/a"),
        ("/a", "", "/a"),
    ] {
        assert_eq!(resolve(folder, name), wanted, "{folder} {name}");
    }
}

/// Neither folder in folder nor what is moved into one makes a path that is longer than one may be.
#[test]
fn paths_are_bounded_from_the_root() {
    let mut files = given(&[("given", 1)]);
    let name = "x".repeat(NAME);
    let mut deep = String::new();
    let refused = loop {
        let next = format!("{deep}/{name}");
        match files.make_folder(&next) {
            Ok(()) => deep = next,
            Err(number) => break number,
        }
    };
    assert_eq!((refused, deep.len()), (errno::NAMETOOLONG, PATH));
    files.make_folder("/a").unwrap();
    files.make_folder("/a/b").unwrap();
    make(&mut files, "/a/b/c").unwrap();
    // The folder itself would fit, and what is in it would not.
    let above = &deep[..deep.len() - NAME - 1];
    let to = format!("{above}/{}", "y".repeat(NAME - 3));
    assert_eq!(files.rename("/a", &to), Err(errno::NAMETOOLONG));
    assert_eq!(files.list("/a/b"), [("c".to_owned(), false)]);
    files.rename("/a", &format!("{above}/y")).unwrap();
    assert!(files.find(&format!("{above}/y/b/c")).is_some());
    assert!(deep.len() <= PATH && files.find("/a").is_none());
}
