//! The functions of preview 1 about paths, folders and what is at them.

use falcon_episode::Verdict;

use super::{
    core::{Core, Refused, price},
    descriptors::{Open, Writes},
    preview1::{Done, Stop},
    streams::{CHARACTERS, Call, FOLDER, REGULAR, WRITE},
};
use crate::language::files::{self, Found, Full, How, errno};

/// WASI's flag of a descriptor that is written behind all that is there.
const APPEND: i32 = 1;

impl Call<'_> {
    /// A tool is told that its files are full; a program ends.
    pub(super) fn full(&self, number: i32) -> Stop {
        if number != errno::NOSPC || self.core.stdout.lenient() {
            return number.into();
        }
        let refused = Refused {
            verdict: Verdict::OutputLimit,
            message: Full.to_string(),
        };
        Stop::End(refused.into())
    }

    /// The path stands in for the number of a file: compilers tell folders apart by it.
    fn stat(&mut self, to: i32, kind: u8, size: u64, path: &str) -> Done {
        let mut stat = [0; 64];
        self.core.owed += price::PATH * path.len() as u64;
        stat[8..16].copy_from_slice(&files::number(path).to_le_bytes());
        stat[16] = kind;
        stat[24..32].copy_from_slice(&1_u64.to_le_bytes());
        stat[32..40].copy_from_slice(&size.to_le_bytes());
        self.put(to, &stat)
    }

    pub(super) fn file_of(&mut self, fd: i32, to: i32) -> Done {
        match self.core.descriptors.get(fd)?.clone() {
            Open::Stdin | Open::Stdout | Open::Stderr => self.stat(to, CHARACTERS, 0, ""),
            Open::Folder(path) => self.stat(to, FOLDER, 0, &path),
            Open::File { file, path, .. } => self.stat(to, REGULAR, file.size(), &path),
        }
    }

    pub(super) fn file_at(&mut self, fd: i32, path: i32, size: i32, to: i32) -> Done {
        let path = self.path(fd, path, size)?;
        match self.core.files.find(&path) {
            Some(Found::File(file)) => self.stat(to, REGULAR, file.size(), &path),
            Some(Found::Folder) => self.stat(to, FOLDER, 0, &path),
            None => Err(errno::NOENT.into()),
        }
    }

    pub(super) fn opened(&mut self, fd: i32, to: i32) -> Done {
        match self.core.descriptors.get(fd)? {
            Open::Folder(path) if path.is_empty() => {
                self.u32(to, 0)?;
                self.u32(to.wrapping_add(4), 1)
            }
            _ => Err(errno::BADF.into()),
        }
    }

    pub(super) fn opened_name(&mut self, fd: i32, to: i32, size: i32) -> Done {
        match self.core.descriptors.get(fd)? {
            Open::Folder(path) if path.is_empty() && size > 0 => self.put(to, b"/"),
            _ => Err(errno::BADF.into()),
        }
    }

    pub(super) fn open(
        &mut self,
        fd: i32,
        path: i32,
        size: i32,
        how: i32,
        (rights, flags): (i64, i32),
        to: i32,
    ) -> Done {
        let path = self.path(fd, path, size)?;
        let has = |bit: i32| how & bit != 0;
        if has(2) && !self.core.files.is_folder(&path) {
            let is_there = self.core.files.find(&path).is_some();
            return Err(if is_there {
                errno::NOTDIR
            } else {
                errno::NOENT
            }
            .into());
        }
        let how = How {
            create: has(1),
            exclusive: has(4),
            truncate: has(8),
        };
        let writes = match (rights & WRITE != 0, flags & APPEND != 0) {
            (false, _) => Writes::Nowhere,
            (true, false) => Writes::Here,
            (true, true) => Writes::Behind,
        };
        let Core {
            files, descriptors, ..
        } = &mut *self.core;
        let opened = descriptors.open(files, path, how, writes);
        let opened = opened.map_err(|number| self.full(number))?;
        self.u32(to, opened.cast_unsigned())
    }

    pub(super) fn rename(
        &mut self,
        fd: i32,
        path: i32,
        size: i32,
        to: i32,
        other: i32,
        length: i32,
    ) -> Done {
        let from = self.path(fd, path, size)?;
        let to = self.path(to, other, length)?;
        let renamed = self.core.files.rename(&from, &to);
        renamed.map_err(|number| self.full(number))
    }

    pub(super) fn make_folder(&mut self, fd: i32, path: i32, size: i32) -> Done {
        let path = self.path(fd, path, size)?;
        let made = self.core.files.make_folder(&path);
        made.map_err(|number| self.full(number))
    }

    pub(super) fn remove_folder(&mut self, fd: i32, path: i32, size: i32) -> Done {
        let path = self.path(fd, path, size)?;
        Ok(self.core.files.remove_folder(&path)?)
    }

    pub(super) fn remove(&mut self, fd: i32, path: i32, size: i32) -> Done {
        let path = self.path(fd, path, size)?;
        Ok(self.core.files.remove(&path)?)
    }

    pub(super) fn resize(&mut self, fd: i32, size: i64) -> Done {
        let Open::File { file, writes, .. } = self.core.descriptors.get(fd)? else {
            return Err(errno::INVAL.into());
        };
        // Linux's answer, where a write has EBADF.
        if *writes == Writes::Nowhere {
            return Err(errno::INVAL.into());
        }
        let size = u64::try_from(size).map_err(|_| errno::INVAL)?;
        let resized = file.resize(size);
        resized.map_err(|number| self.full(number))
    }

    /// The entries of a folder from one on, as many as there is room for.
    pub(super) fn list(&mut self, fd: i32, to: i32, size: i32, cookie: i64, used: i32) -> Done {
        let Open::Folder(path) = self.core.descriptors.get(fd)?.clone() else {
            return Err(errno::NOTDIR.into());
        };
        let skip = usize::try_from(cookie).map_err(|_| errno::INVAL)?;
        let mut bytes = Vec::new();
        for (number, (name, folder)) in (1_u64..).zip(self.core.files.list(&path)).skip(skip) {
            let length = u32::try_from(name.len()).map_err(|_| errno::FAULT)?;
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&[if folder { FOLDER } else { REGULAR }, 0, 0, 0]);
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes.truncate(size.cast_unsigned() as usize);
        self.core.owed += bytes.len() as u64;
        self.put(to, &bytes)?;
        self.u32(used, u32::try_from(bytes.len()).map_err(|_| errno::FAULT)?)
    }
}
