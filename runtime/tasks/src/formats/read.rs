//! Files of JSON lines.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;

use super::Task;

/// Longest line that is read, in bytes.
const LINE: u64 = 64 << 20;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A line is not what the format wants.
    #[error("{}:{line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// There is nothing in it.
    #[error("{} holds no tasks", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Reads tasks, one a line; `path` is what errors call it.
pub(super) fn tasks(
    from: impl BufRead,
    path: &Path,
    parse: fn(&str) -> Result<Task, String>,
) -> Result<Vec<Task>, FormatError> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut tasks = Vec::new();
    for_each_line(from, path, |line, text| {
        let task = Task {
            line,
            ..parse(text)?
        };
        if let Some(first) = seen.insert(task.id.clone(), line) {
            return Err(format!(
                "the task {} stands on line {first} already",
                task.id
            ));
        }
        tasks.push(task);
        Ok(())
    })?;
    if tasks.is_empty() {
        return Err(FormatError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(tasks)
}

fn for_each_line(
    from: impl BufRead,
    path: &Path,
    mut each: impl FnMut(usize, &str) -> Result<(), String>,
) -> Result<(), FormatError> {
    let wrong = |error| FormatError::Read {
        path: path.to_owned(),
        error,
    };
    let bad = |line, message| FormatError::Line {
        path: path.to_owned(),
        line,
        message,
    };
    let mut reader = unpacked(from).map_err(wrong)?;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let count = (&mut reader)
            .take(LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(wrong)?;
        if count == 0 {
            break;
        }
        if count as u64 == LINE && bytes.last() != Some(&b'\n') {
            return Err(bad(line, format!("the line is longer than {LINE} bytes")));
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| bad(line, format!("not UTF-8 at byte {}", error.valid_up_to())))?;
        if !text.trim().is_empty() {
            each(line, text.trim_end()).map_err(|message| bad(line, message))?;
        }
    }
    Ok(())
}

/// Opens a file of tasks.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, FormatError> {
    let open = || {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok(BufReader::new(file))
    };
    open().map_err(|error| FormatError::Read {
        path: path.to_owned(),
        error,
    })
}

/// Its text, gzipped or not: told by its first bytes, not by its name.
fn unpacked<'a>(mut from: impl BufRead + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let gzip = from.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzip {
        Box::new(BufReader::new(MultiGzDecoder::new(from)))
    } else {
        Box::new(from)
    })
}
