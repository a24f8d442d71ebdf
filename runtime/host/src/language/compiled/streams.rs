//! What each function of preview 1 does, over an instance's memory and what it may touch.

use super::{
    core::{Core, price},
    descriptors::{Open, Writes},
    preview1::{Done, Stop},
};
use crate::language::files::{self, errno};

/// A call of a function by an instance.
pub(super) struct Call<'a> {
    pub(super) memory: &'a mut [u8],
    pub(super) core: &'a mut Core,
}

/// WASI's numbers of file kinds.
pub(super) const CHARACTERS: u8 = 2;
pub(super) const FOLDER: u8 = 3;
pub(super) const REGULAR: u8 = 4;

/// WASI's right to write to a descriptor.
pub(super) const WRITE: i64 = 1 << 6;

/// Most buffers of one call.
const BUFFERS: i32 = 1024;

impl Call<'_> {
    /// A part of the memory.
    pub(super) fn part(&mut self, at: i32, size: i32) -> Result<&mut [u8], Stop> {
        let (at, size) = (at.cast_unsigned() as usize, size.cast_unsigned() as usize);
        let end = at.checked_add(size).ok_or(errno::FAULT)?;
        Ok(self.memory.get_mut(at..end).ok_or(errno::FAULT)?)
    }

    pub(super) fn put(&mut self, at: i32, bytes: &[u8]) -> Done {
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

    /// A path below an opened folder.
    pub(super) fn path(&mut self, fd: i32, at: i32, size: i32) -> Result<String, Stop> {
        if !usize::try_from(size).is_ok_and(|size| size <= files::PATH) {
            return Err(errno::NAMETOOLONG.into());
        }
        self.core.owed += price::PATH * u64::from(size.cast_unsigned());
        let name = String::from_utf8(self.part(at, size)?.to_vec()).map_err(|_| errno::INVAL)?;
        let path = self.core.descriptors.resolve(fd, &name)?;
        self.core.owed += price::PATH * path.len() as u64;
        if path.len() > files::PATH {
            return Err(errno::NAMETOOLONG.into());
        }
        Ok(path)
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
        // All rights, those to seek and tell too: a stream without them is a terminal to the C library. That to write is what
        // it tells by how a file was opened.
        let (kind, rights) = match self.core.descriptors.get(fd)? {
            Open::Stdin | Open::Stdout | Open::Stderr => (CHARACTERS, !0),
            Open::Folder(_) => (FOLDER, !0),
            Open::File { writes, .. } if *writes == Writes::Nowhere => (REGULAR, !WRITE),
            Open::File { .. } => (REGULAR, !0),
        };
        let mut stat = [0xff; 24];
        stat[..8].fill(0);
        stat[0] = kind;
        stat[8..16].copy_from_slice(&rights.to_le_bytes());
        self.put(to, &stat)
    }

    pub(super) fn seek(&mut self, fd: i32, by: i64, from: i32, to: i32) -> Done {
        let moved = self.core.descriptors.seek(fd, |at, size| match from {
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
        let open = self.core.descriptors.get(fd)?.clone();
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
            let (begin, most) = (to.cast_unsigned() as usize, size.cast_unsigned() as usize);
            let memory = &mut *self.memory;
            let mut put = |content: &[u8]| -> Result<usize, Stop> {
                let part = memory.get_mut(begin..begin + content.len());
                part.ok_or(errno::FAULT)?.copy_from_slice(content);
                Ok(content.len())
            };
            let length = if let Open::File { file, .. } = &open {
                file.read(start, most, put)?
            } else {
                let rest = self
                    .core
                    .stdin
                    .get(self.core.stdin_at..)
                    .unwrap_or_default();
                let length = put(&rest[..most.min(rest.len())])?;
                self.core.stdin_at += length;
                length
            };
            // Paid for at once: a later buffer may be out of reach.
            self.core.owed += length as u64 / 8;
            start += length as u64;
            if length < most {
                break;
            }
        }
        if at.is_none() {
            self.core.descriptors.moved(fd, start);
        }
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
        let open = self.core.descriptors.get(fd)?.clone();
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
                Open::Stdin
                | Open::Folder(_)
                | Open::File {
                    writes: Writes::Nowhere,
                    ..
                } => return Err(errno::BADF.into()),
                Open::File {
                    file,
                    at: here,
                    writes,
                    ..
                } => {
                    let behind = *writes == Writes::Behind && at.is_none();
                    let start = match at {
                        Some(at) => u64::try_from(at).map_err(|_| errno::INVAL)?,
                        None if behind => file.size(),
                        None => *here,
                    };
                    let written = u64::from(if behind { 0 } else { total });
                    let start = start.checked_add(written).ok_or(errno::FBIG)?;
                    let end = start.checked_add(bytes.len() as u64).ok_or(errno::FBIG)?;
                    let done = file.write(start, bytes);
                    done.map_err(|number| self.full(number))?;
                    if at.is_none() {
                        self.core.descriptors.moved(fd, end);
                    }
                }
            }
            total = total
                .checked_add(size.cast_unsigned())
                .ok_or(errno::INVAL)?;
        }
        self.u32(used, total)
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
