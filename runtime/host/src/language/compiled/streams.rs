//! What each function of preview 1 does, over an instance's memory and what it may touch.

use super::{
    core::{Core, price},
    files::{Open, errno},
    preview1::{Done, Stop},
};

/// A call of a function by an instance.
pub(super) struct Call<'a> {
    pub(super) memory: &'a mut [u8],
    pub(super) core: &'a mut Core,
}

/// WASI's numbers of file kinds.
const CHARACTERS: u8 = 2;
const FOLDER: u8 = 3;
const REGULAR: u8 = 4;

/// Most buffers of one call.
const BUFFERS: i32 = 1024;

/// Most bytes of a path.
const PATH: i32 = 4096;

impl Call<'_> {
    /// A part of the memory.
    pub(super) fn part(&mut self, at: i32, size: i32) -> Result<&mut [u8], Stop> {
        let (at, size) = (at.cast_unsigned() as usize, size.cast_unsigned() as usize);
        let end = at.checked_add(size).ok_or(errno::FAULT)?;
        Ok(self.memory.get_mut(at..end).ok_or(errno::FAULT)?)
    }

    fn put(&mut self, at: i32, bytes: &[u8]) -> Done {
        let size = i32::try_from(bytes.len()).map_err(|_| errno::FAULT)?;
        self.part(at, size)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(super) fn u32(&mut self, at: i32, value: u32) -> Done {
        self.put(at, &value.to_le_bytes())
    }

    pub(super) fn u64(&mut self, at: i32, value: u64) -> Done {
        self.put(at, &value.to_le_bytes())
    }

    fn read_u32(&mut self, at: i32) -> Result<i32, Stop> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.part(at, 4)?);
        Ok(i32::from_le_bytes(bytes))
    }

    fn path(&mut self, fd: i32, at: i32, size: i32) -> Result<String, Stop> {
        if !(0..=PATH).contains(&size) {
            return Err(errno::NAMETOOLONG.into());
        }
        self.core.owed += u64::from(size.cast_unsigned());
        let name = String::from_utf8(self.part(at, size)?.to_vec()).map_err(|_| errno::INVAL)?;
        Ok(self.core.files.resolve(fd, &name)?)
    }

    pub(super) fn argument_sizes(&mut self, count: i32, size: i32) -> Done {
        let bytes: usize = self.core.arguments.iter().map(|one| one.len() + 1).sum();
        let number = self.core.arguments.len();
        self.u32(count, u32::try_from(number).map_err(|_| errno::FAULT)?)?;
        self.u32(size, u32::try_from(bytes).map_err(|_| errno::FAULT)?)
    }

    pub(super) fn arguments(&mut self, mut list: i32, mut bytes: i32) -> Done {
        for argument in std::mem::take(&mut self.core.arguments) {
            self.u32(list, bytes.cast_unsigned())?;
            self.put(bytes, argument.as_bytes())?;
            let length = i32::try_from(argument.len()).map_err(|_| errno::FAULT)?;
            self.put(bytes.wrapping_add(length), &[0])?;
            bytes = bytes.wrapping_add(length).wrapping_add(1);
            list = list.wrapping_add(4);
            self.core.arguments.push(argument);
        }
        Ok(())
    }

    /// Clock 0 is the time of day, the others count from the start.
    pub(super) fn time(&mut self, id: i32, to: i32) -> Done {
        let now = match id {
            0 => u64::try_from(self.core.world.now().as_nanos()).unwrap_or(u64::MAX),
            _ => self.core.world.look(),
        };
        self.u64(to, now)
    }

    pub(super) fn random(&mut self, to: i32, size: i32) -> Done {
        let mut bytes = vec![0; self.part(to, size)?.len()];
        self.core.owed += bytes.len() as u64;
        self.core.world.fill(&mut bytes);
        self.put(to, &bytes)
    }

    /// Kind and rights of a descriptor.
    pub(super) fn descriptor(&mut self, fd: i32, to: i32) -> Done {
        let kind = match self.core.files.get(fd)? {
            Open::Stdin | Open::Stdout | Open::Stderr => CHARACTERS,
            Open::Folder(_) => FOLDER,
            Open::File { .. } => REGULAR,
        };
        let mut stat = [0; 24];
        stat[0] = kind;
        stat[8..].fill(0xff);
        // Without the rights to seek and tell, so that the C library takes a stream for a terminal's kin
        // only where it is told so.
        self.put(to, &stat)
    }

    /// The path stands in for the number of a file: compilers tell folders apart by it.
    fn stat(&mut self, to: i32, kind: u8, size: u64, path: &str) -> Done {
        let mut stat = [0; 64];
        let number = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        stat[8..16].copy_from_slice(&number.to_le_bytes());
        stat[16] = kind;
        stat[24..32].copy_from_slice(&1_u64.to_le_bytes());
        stat[32..40].copy_from_slice(&size.to_le_bytes());
        self.put(to, &stat)
    }

    pub(super) fn file_of(&mut self, fd: i32, to: i32) -> Done {
        match self.core.files.get(fd)?.clone() {
            Open::Stdin | Open::Stdout | Open::Stderr => self.stat(to, CHARACTERS, 0, ""),
            Open::Folder(path) => self.stat(to, FOLDER, 0, &path),
            Open::File { path, .. } => {
                let size = self.core.files.size(&path).unwrap_or(0);
                self.stat(to, REGULAR, size, &path)
            }
        }
    }

    pub(super) fn file_at(&mut self, fd: i32, path: i32, size: i32, to: i32) -> Done {
        let path = self.path(fd, path, size)?;
        match self.core.files.size(&path) {
            Some(size) => self.stat(to, REGULAR, size, &path),
            None if self.core.files.is_folder(&path) => self.stat(to, FOLDER, 0, &path),
            None => Err(errno::NOENT.into()),
        }
    }

    pub(super) fn opened(&mut self, fd: i32, to: i32) -> Done {
        match self.core.files.get(fd)? {
            Open::Folder(path) if path.is_empty() => {
                self.u32(to, 0)?;
                self.u32(to.wrapping_add(4), 1)
            }
            _ => Err(errno::BADF.into()),
        }
    }

    pub(super) fn opened_name(&mut self, fd: i32, to: i32, size: i32) -> Done {
        match self.core.files.get(fd)? {
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
        flags: i32,
        to: i32,
    ) -> Done {
        let path = self.path(fd, path, size)?;
        let has = |bit: i32| how & bit != 0;
        if has(2) && !self.core.files.is_folder(&path) {
            return Err(errno::NOTDIR.into());
        }
        let files = &mut self.core.files;
        let opened = files.open(path, has(1), has(4), has(8), flags & 1 != 0)?;
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
        Ok(self.core.files.rename(&from, to)?)
    }

    pub(super) fn remove(&mut self, fd: i32, path: i32, size: i32) -> Done {
        let path = self.path(fd, path, size)?;
        Ok(self.core.files.remove(&path)?)
    }

    pub(super) fn resize(&mut self, fd: i32, size: i64) -> Done {
        let Open::File { path, .. } = self.core.files.get(fd)?.clone() else {
            return Err(errno::INVAL.into());
        };
        let size = u64::try_from(size).map_err(|_| errno::INVAL)?;
        Ok(self.core.files.resize(&path, size)?)
    }

    pub(super) fn seek(&mut self, fd: i32, by: i64, from: i32, to: i32) -> Done {
        let moved = self.core.files.seek(fd, |at, size| match from {
            0 => u64::try_from(by).ok(),
            1 => at.checked_add_signed(by),
            2 => size.checked_add_signed(by),
            _ => None,
        })?;
        self.u64(to, moved)
    }

    /// So many buffers as are taken in one call, paid for: empty ones take time too.
    fn buffers(&mut self, count: i32) -> i32 {
        let count = count.clamp(0, BUFFERS);
        self.core.owed += price::BUFFER * u64::from(count.cast_unsigned());
        count
    }

    /// Reads into buffers, from where the descriptor is or from a place.
    pub(super) fn read(
        &mut self,
        fd: i32,
        list: i32,
        count: i32,
        at: Option<i64>,
        used: i32,
    ) -> Done {
        let open = self.core.files.get(fd)?.clone();
        let mut start = match (&open, at) {
            (Open::Stdin, None) => self.core.stdin_at as u64,
            (Open::File { at, .. }, None) => *at,
            (Open::File { .. }, Some(at)) => u64::try_from(at).map_err(|_| errno::INVAL)?,
            (Open::Folder(_), _) => return Err(errno::ISDIR.into()),
            _ => return Err(errno::SPIPE.into()),
        };
        let first = start;
        let count = self.buffers(count);
        for number in 0..count {
            let entry = list.wrapping_add(number * 8);
            let (to, size) = (self.read_u32(entry)?, self.read_u32(entry.wrapping_add(4))?);
            let content = match &open {
                Open::File { path, .. } => self.core.files.content(path).unwrap_or_default(),
                _ => &self.core.stdin,
            };
            let from = usize::try_from(start)
                .unwrap_or(usize::MAX)
                .min(content.len());
            let length = (size.cast_unsigned() as usize).min(content.len() - from);
            let (begin, end) = (
                to.cast_unsigned() as usize,
                to.cast_unsigned() as usize + length,
            );
            let part = self.memory.get_mut(begin..end).ok_or(errno::FAULT)?;
            part.copy_from_slice(&content[from..from + length]);
            start += length as u64;
            if length < size.cast_unsigned() as usize {
                break;
            }
        }
        match open {
            Open::Stdin => self.core.stdin_at = usize::try_from(start).unwrap_or(usize::MAX),
            _ if at.is_none() => self.core.files.moved(fd, start),
            _ => {}
        }
        self.core.owed += (start - first) / 8;
        self.u32(
            used,
            u32::try_from(start - first).map_err(|_| errno::FAULT)?,
        )
    }

    /// Writes from buffers, to where the descriptor is or to a place.
    pub(super) fn write(
        &mut self,
        fd: i32,
        list: i32,
        count: i32,
        at: Option<i64>,
        used: i32,
    ) -> Done {
        let open = self.core.files.get(fd)?.clone();
        let mut total: u32 = 0;
        let count = self.buffers(count);
        for number in 0..count {
            let entry = list.wrapping_add(number * 8);
            let (from, size) = (self.read_u32(entry)?, self.read_u32(entry.wrapping_add(4))?);
            let begin = from.cast_unsigned() as usize;
            let part = self
                .memory
                .get(begin..begin + size.cast_unsigned() as usize);
            let bytes = part.ok_or(errno::FAULT)?;
            self.core.owed += u64::from(size.cast_unsigned()) / 8;
            match &open {
                Open::Stdout => self.core.stdout.write(bytes)?,
                Open::Stderr => self.core.stderr.write(bytes)?,
                Open::File {
                    path,
                    at: here,
                    append,
                } => {
                    let end = self.core.files.size(path).unwrap_or(0);
                    let start = match at {
                        Some(at) => u64::try_from(at).map_err(|_| errno::INVAL)?,
                        None if *append => end,
                        None => *here,
                    } + u64::from(if *append { 0 } else { total });
                    self.core.files.write(path, start, bytes)?;
                    if at.is_none() {
                        self.core.files.moved(fd, start + bytes.len() as u64);
                    }
                }
                Open::Stdin | Open::Folder(_) => return Err(errno::BADF.into()),
            }
            total = total
                .checked_add(size.cast_unsigned())
                .ok_or(errno::INVAL)?;
        }
        self.u32(used, total)
    }

    /// The entries of a folder from one on, as many as there is room for.
    pub(super) fn list(&mut self, fd: i32, to: i32, size: i32, cookie: i64, used: i32) -> Done {
        let Open::Folder(path) = self.core.files.get(fd)?.clone() else {
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

    /// Waiting: a clock that is waited for jumps to its time, everything else is ready.
    pub(super) fn wait(&mut self, what: i32, events: i32, count: i32, to: i32) -> Done {
        let count = count.clamp(0, BUFFERS);
        self.core.owed += price::WAIT * u64::from(count.cast_unsigned());
        for number in 0..count {
            let mut asked = [0; 48];
            asked.copy_from_slice(self.part(what.wrapping_add(number * 48), 48)?);
            let word = |at: usize| {
                asked[at..at + 8]
                    .iter()
                    .rev()
                    .fold(0_u64, |n, b| n << 8 | u64::from(*b))
            };
            if asked[8] == 0 {
                let (clock, time, absolute) = (asked[16], word(24), asked[40] & 1 == 1);
                let until = match (absolute, clock) {
                    (false, _) => self.core.world.elapsed().saturating_add(time),
                    (true, 0) => time
                        .saturating_sub(
                            u64::try_from(self.core.world.now().as_nanos()).unwrap_or(0),
                        )
                        .saturating_add(self.core.world.elapsed()),
                    (true, _) => time,
                };
                self.core.world.sleep_until(until);
            }
            let mut event = [0; 32];
            event[..8].copy_from_slice(&asked[..8]);
            event[10] = asked[8];
            self.put(events.wrapping_add(number * 32), &event)?;
        }
        self.u32(to, count.cast_unsigned())
    }
}
