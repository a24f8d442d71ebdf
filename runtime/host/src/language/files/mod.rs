//! Files in memory: what an instance is given, and what it writes. Nothing of the machine is in them.
//!
//! They are bounded in bytes and number, and what the host does for them is counted in fuel.

mod file;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::payload::Archive;
pub(super) use file::{File, Room};

/// Most bytes that the files of a program hold, those not counted that it was given and left as they are. The memory behind
/// them is at most a quarter more (`file::grow`), but that a file which is moved to more of it has both for a moment.
const ROOM: usize = 64 << 20;
/// The same of a tool, which writes what it compiles.
const TOOL_ROOM: usize = 256 << 20;
/// Most files and folders, given ones included.
const NAMES: usize = 4096;

/// WASI's numbers of errors.
pub(super) mod errno {
    pub(crate) const BADF: i32 = 8;
    pub(crate) const EXIST: i32 = 20;
    pub(crate) const FAULT: i32 = 21;
    pub(crate) const FBIG: i32 = 22;
    pub(crate) const INVAL: i32 = 28;
    pub(crate) const ISDIR: i32 = 31;
    pub(crate) const MFILE: i32 = 33;
    pub(crate) const NAMETOOLONG: i32 = 37;
    pub(crate) const NOENT: i32 = 44;
    pub(crate) const NOSPC: i32 = 51;
    pub(crate) const NOSYS: i32 = 52;
    pub(crate) const NOTDIR: i32 = 54;
    pub(crate) const NOTEMPTY: i32 = 55;
    pub(crate) const PERM: i32 = 63;
    pub(crate) const SPIPE: i32 = 70;
}

/// What the host takes in fuel for a name that it lists or moves.
const NAME_PRICE: u64 = 256;

/// Ends the program that fills its files.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the program filled its files: they hold at most {} bytes under {} names",
    ROOM,
    NAMES
)]
pub(super) struct Full;

/// Most folders whose names are told one by one at a time.
const LISTINGS: usize = 16;
/// Longest name of a file or folder, in bytes.
const NAME: usize = 255;
/// Longest path, in bytes: as it is given, and from the root.
pub(super) const PATH: usize = 4096;

/// The files that an instance sees.
pub(super) struct Files {
    base: Archive,
    own: BTreeMap<String, File>,
    folders: BTreeSet<String>,
    room: Arc<Room>,
    /// Whether there is a folder to look into at all.
    rooted: bool,
    /// Whether folders are made by naming files in them.
    loose: bool,
    listings: Arc<()>,
}

/// The names in a folder, and whether each is a folder, told one by one.
pub(super) struct Listing {
    names: std::vec::IntoIter<(String, bool)>,
    /// That it is there.
    _one: Arc<()>,
}

impl Iterator for Listing {
    type Item = (String, bool);

    fn next(&mut self) -> Option<(String, bool)> {
        self.names.next()
    }
}

/// What a path leads to.
pub(super) enum Found {
    File(File),
    Folder,
}

/// How a path is opened.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    /// Makes the file where there is none.
    pub(super) create: bool,
    /// With `create`: fails where there is one.
    pub(super) exclusive: bool,
    /// Empties it.
    pub(super) truncate: bool,
}

impl Files {
    /// None, and no folder.
    pub(super) fn none() -> Self {
        Self {
            base: Archive::default(),
            own: BTreeMap::new(),
            folders: BTreeSet::new(),
            room: Room::new(ROOM),
            rooted: false,
            loose: false,
            listings: Arc::default(),
        }
    }

    /// What a task gives a program; none, and no folder, where it gives nothing.
    pub(super) fn given(given: &falcon_episode::Files) -> Self {
        let mut files = Self::none();
        files.rooted = !given.is_empty();
        for (path, content) in given.iter() {
            let path = format!("/{path}");
            let above = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
            files
                .folders
                .extend(above.filter(|folder| !folder.is_empty()));
            let file = File::new(Arc::clone(content), &files.room);
            files.own.insert(path, file);
        }
        files
    }

    /// What a tool sees: the files of its plugin, and those of the step.
    pub(super) fn of_tool(base: Archive, own: &BTreeMap<String, Arc<Vec<u8>>>) -> Self {
        let mut files = Self {
            base,
            room: Room::new(TOOL_ROOM),
            rooted: true,
            loose: true,
            ..Self::none()
        };
        for (path, content) in own {
            let file = File::new(Arc::clone(content), &files.room);
            files.own.insert(path.clone(), file);
        }
        files
    }

    /// Whether there is a folder to look into.
    pub(super) fn rooted(&self) -> bool {
        self.rooted
    }

    /// The fuel for what was done with them, files included, that was not asked for yet.
    pub(super) fn owed(&self) -> u64 {
        self.room.owed()
    }

    /// What all of them have room in.
    pub(super) fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Takes a file out.
    pub(super) fn take(&mut self, path: &str) -> Option<Arc<Vec<u8>>> {
        self.own.remove(path)?.content()
    }

    /// What a path leads to.
    pub(super) fn find(&self, path: &str) -> Option<Found> {
        if let Some(file) = self.own.get(path) {
            return Some(Found::File(file.clone()));
        }
        if let Some(content) = self.base.get(path) {
            return Some(Found::File(File::Fixed(Arc::clone(content))));
        }
        self.is_folder(path).then_some(Found::Folder)
    }

    /// Whether a path is a folder.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        if path.is_empty() || self.folders.contains(path) {
            return true;
        }
        let inside = format!("{path}/");
        let starts = |found: &str| found.starts_with(&inside);
        let own = self.own.range(inside.clone()..).next();
        own.is_some_and(|(found, _)| starts(found))
            || self.base.from(&inside).next().is_some_and(starts)
    }

    /// Opens a path.
    pub(super) fn open(&mut self, path: &str, how: How) -> Result<Found, i32> {
        match self.find(path) {
            Some(_) if how.create && how.exclusive => Err(errno::EXIST),
            Some(Found::File(File::Fixed(_))) if how.truncate => self.create(path),
            Some(Found::File(file)) => {
                if how.truncate {
                    file.resize(0)?;
                }
                Ok(Found::File(file))
            }
            Some(Found::Folder) if how.create || how.truncate => Err(errno::ISDIR),
            Some(Found::Folder) => Ok(Found::Folder),
            None if how.create => self.create(path),
            None => Err(errno::NOENT),
        }
    }

    fn create(&mut self, path: &str) -> Result<Found, i32> {
        self.can_hold(path)?;
        let file = File::new(Arc::default(), &self.room);
        self.own.insert(path.to_owned(), file.clone());
        Ok(Found::File(file))
    }

    /// That a file or folder may be at a path.
    fn can_be(&self, path: &str) -> Result<(), i32> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.len() > NAME || path.len() > PATH {
            return Err(errno::NAMETOOLONG);
        }
        match self.find(above) {
            Some(Found::Folder) => Ok(()),
            Some(Found::File(_)) => Err(errno::NOTDIR),
            None if self.loose => Ok(()),
            None => Err(errno::NOENT),
        }
    }

    /// That there may be one more file or folder at a path.
    fn can_hold(&self, path: &str) -> Result<(), i32> {
        self.can_be(path)?;
        if self.own.len() + self.folders.len() >= NAMES {
            return Err(errno::NOSPC);
        }
        Ok(())
    }

    /// The names in a folder, and whether each is a folder.
    pub(super) fn list(&self, path: &str) -> Vec<(String, bool)> {
        let inside = format!("{path}/");
        let mut found: BTreeMap<String, bool> = BTreeMap::new();
        let mut looked = 0;
        let own = self
            .own
            .range(inside.clone()..)
            .map(|(path, _)| path.as_str());
        let own = own.take_while(|path| path.starts_with(&inside));
        let base = self.base.from(&inside);
        let base = base.take_while(|path| path.starts_with(&inside));
        for path in own.chain(base) {
            looked += 1;
            let rest = &path[inside.len()..];
            match rest.split_once('/') {
                Some((name, _)) => found.insert(name.to_owned(), true),
                None => found.insert(rest.to_owned(), false),
            };
        }
        let folders = self.folders.range(inside.clone()..);
        for path in folders.take_while(|path| path.starts_with(&inside)) {
            looked += 1;
            let rest = &path[inside.len()..];
            let name = rest.split_once('/').map_or(rest, |(name, _)| name);
            found.insert(name.to_owned(), true);
        }
        self.room.owe(NAME_PRICE * looked);
        found.into_iter().collect()
    }

    /// The same, one by one.
    pub(super) fn listing(&self, path: &str) -> Result<Listing, i32> {
        if Arc::strong_count(&self.listings) > LISTINGS {
            return Err(errno::MFILE);
        }
        Ok(Listing {
            names: self.list(path).into_iter(),
            _one: Arc::clone(&self.listings),
        })
    }

    /// Moves a file, or a folder with all that is in it.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), i32> {
        if from == to {
            return self.find(from).map(drop).ok_or(errno::NOENT);
        }
        if let Some(file) = self.own.get(from).cloned() {
            match self.find(to) {
                Some(Found::Folder) => return Err(errno::ISDIR),
                Some(Found::File(_)) => {}
                None => {
                    // It makes room for itself.
                    self.own.remove(from);
                    let can = self.can_hold(to);
                    self.own.insert(from.to_owned(), file.clone());
                    can?;
                }
            }
            self.own.remove(from);
            self.own.insert(to.to_owned(), file);
            return Ok(());
        }
        if from.is_empty() || !self.folders.contains(from) {
            let known = self.find(from).is_some();
            return Err(if known { errno::PERM } else { errno::NOENT });
        }
        self.rename_folder(from, to)
    }

    fn rename_folder(&mut self, from: &str, to: &str) -> Result<(), i32> {
        let inside = format!("{from}/");
        if to.starts_with(&inside) {
            return Err(errno::INVAL);
        }
        let moved = |path: &str| format!("{to}{}", &path[from.len()..]);
        let within = |path: &str| path == from || path.starts_with(&inside);
        let all = self.own.keys().chain(&self.folders);
        let longest = all.filter(|path| within(path)).map(String::len).max();
        if longest.unwrap_or(0) - from.len() + to.len() > PATH {
            return Err(errno::NAMETOOLONG);
        }
        match self.find(to) {
            Some(Found::File(_)) => return Err(errno::NOTDIR),
            Some(Found::Folder) => self.remove_folder(to)?,
            None => self.can_be(to)?,
        }
        let names = self.own.len() + self.folders.len();
        self.room.owe(NAME_PRICE * names as u64);
        let own = std::mem::take(&mut self.own);
        let place = |path: String| if within(&path) { moved(&path) } else { path };
        self.own = own
            .into_iter()
            .map(|(path, file)| (place(path), file))
            .collect();
        let folders = std::mem::take(&mut self.folders);
        self.folders = folders.into_iter().map(place).collect();
        Ok(())
    }

    /// Removes a file.
    pub(super) fn remove(&mut self, path: &str) -> Result<(), i32> {
        if self.own.remove(path).is_some() {
            return Ok(());
        }
        Err(match self.find(path) {
            Some(Found::Folder) => errno::ISDIR,
            Some(Found::File(_)) => errno::PERM,
            None => errno::NOENT,
        })
    }

    /// Makes a folder.
    pub(super) fn make_folder(&mut self, path: &str) -> Result<(), i32> {
        if self.find(path).is_some() {
            return Err(errno::EXIST);
        }
        self.can_hold(path)?;
        self.folders.insert(path.to_owned());
        Ok(())
    }

    /// Removes a folder that nothing is in.
    pub(super) fn remove_folder(&mut self, path: &str) -> Result<(), i32> {
        match self.find(path) {
            None => return Err(errno::NOENT),
            Some(Found::File(_)) => return Err(errno::NOTDIR),
            Some(Found::Folder) if path.is_empty() => return Err(errno::PERM),
            Some(Found::Folder) => {}
        }
        if !self.list(path).is_empty() {
            return Err(errno::NOTEMPTY);
        }
        self.folders.remove(path);
        Ok(())
    }
}

/// The path of a name below a folder, without a slash at its end; the root is empty. There is nothing above the root,
/// so `..` stays in it.
pub(super) fn resolve(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().map(|part| format!("/{part}")).collect()
}

/// What stands in for the number of a file: compilers tell folders apart by it.
pub(super) fn number(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
