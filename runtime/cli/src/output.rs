//! Results: standard output, and files that are whole or absent.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::failure::Failure;

/// Where results go. Every write can fail, and says so.
pub(crate) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    /// For errors.
    name: String,
    file: Option<Pending>,
}

/// A file that is being written beside the place where it belongs.
struct Pending {
    temporary: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self {
            writer: BufWriter::new(Box::new(io::stdout())),
            name: "standard output".into(),
            file: None,
        }
    }

    /// A file that appears under its name only when [`finish`](Self::finish) is reached; a device or
    /// pipe is written as it is. Opened now, so that a place that cannot be written fails before any work.
    pub(crate) fn file(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let fail = |error| Failure::file(error, format!("cannot write {name}"));
        let special = fs::metadata(path).is_ok_and(|m| !m.is_file());
        if special {
            let file = OpenOptions::new().write(true).open(path).map_err(fail)?;
            return Ok(Self {
                writer: BufWriter::new(Box::new(file)),
                name,
                file: None,
            });
        }
        let temporary = beside(path);
        let file = File::create(&temporary).map_err(fail)?;
        let pending = Pending {
            temporary,
            target: path.to_owned(),
        };
        Ok(Self {
            writer: BufWriter::new(Box::new(file)),
            name,
            file: Some(pending),
        })
    }

    /// Standard output, or a file where one is named.
    pub(crate) fn of(path: Option<&Path>) -> Result<Self, Failure> {
        path.map_or_else(|| Ok(Self::stdout()), Self::file)
    }

    /// Writes a text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let done = self.writer.write_all(text.as_bytes());
        done.map_err(|error| self.fail(error))
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let done = self.writer.write_all(bytes);
        done.map_err(|error| self.fail(error))
    }

    /// Writes one line of JSON and lets readers see it.
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(value).map_err(Failure::infrastructure)?;
        line.push(b'\n');
        let done = self
            .writer
            .write_all(&line)
            .and_then(|()| self.writer.flush());
        done.map_err(|error| self.fail(error))
    }

    /// Writes a document of JSON, indented.
    pub(crate) fn document(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(value).map_err(Failure::infrastructure)?;
        text.push('\n');
        self.text(&text)
    }

    /// Everything is written and, for a file, safely on disk under its name.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let done = self.writer.flush();
        done.map_err(|error| self.fail(error))?;
        let Some(Pending { temporary, target }) = self.file.take() else {
            return Ok(());
        };
        let done = File::open(&temporary)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&temporary, &target));
        done.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            self.fail(error)
        })
    }

    /// What is written so far stays under `<name>.partial`, so that nothing takes it for the whole.
    /// Returns that name; none where there is no file to keep, or nothing in it.
    pub(crate) fn keep_part(mut self) -> Result<Option<PathBuf>, Failure> {
        let done = self.writer.flush();
        done.map_err(|error| self.fail(error))?;
        let Some(pending) = &self.file else {
            return Ok(None);
        };
        if fs::metadata(&pending.temporary).is_ok_and(|m| m.len() == 0) {
            return Ok(None);
        }
        let mut name = pending.target.clone().into_os_string();
        name.push(".partial");
        let kept = PathBuf::from(name);
        fs::rename(&pending.temporary, &kept).map_err(|error| self.fail(error))?;
        Ok(Some(kept))
    }

    fn fail(&self, error: io::Error) -> Failure {
        Failure::file(error, format!("cannot write {}", self.name))
    }
}

impl Drop for Output {
    /// What was not finished leaves nothing behind.
    fn drop(&mut self) {
        if let Some(pending) = &self.file {
            let _ = fs::remove_file(&pending.temporary);
        }
    }
}

/// Writes a whole file or leaves what was there.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut output = Output::file(path)?;
    output.bytes(bytes)?;
    output.finish()
}

/// A stranger's text as one line: no control character of it reaches the terminal.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A hidden name in the same folder, so that the rename stays within one file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_absent() {
        let folder = std::env::temp_dir().join(format!("falcon-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("out.jsonl");
        let mut dropped = Output::file(&path).unwrap();
        dropped.line(&1).unwrap();
        drop(dropped);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

        let mut kept = Output::file(&path).unwrap();
        kept.line(&serde_json::json!({"a": 1})).unwrap();
        kept.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_stranger_s_text_is_one_line_without_control_characters() {
        for (text, wanted) in [
            ("keep even numbers", "keep even numbers"),
            ("return [\n  x,\t1\n]\n", "return [ x, 1 ]"),
            ("\x1b[2Jgone\x07\u{9b}31mred\x7f", "[2Jgone 31mred"),
            ("\r\n\0", ""),
        ] {
            assert_eq!(one_line(text), wanted);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_not_the_user_s_mistake() {
        let mut full = Output::file(Path::new("/dev/full")).unwrap();
        let failure = full.line(&1).unwrap_err();
        assert_eq!(failure.exit, crate::failure::Exit::Infrastructure);
        assert!(failure.text().contains("/dev/full"));
    }
}
