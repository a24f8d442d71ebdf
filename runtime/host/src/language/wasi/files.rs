//! Descriptors of files and folders in memory.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, FsError, FsResult,
    bindings::{
        filesystem::{preopens, types::ErrorCode},
        sync::filesystem::types::{
            self, Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType,
            DirectoryEntry, DirectoryEntryStream, Filesize, MetadataHashValue, NewTimestamp,
            OpenFlags, PathFlags,
        },
    },
};

use super::{
    OwnView,
    entry::{Entry, refused},
    price, streams,
};
use crate::language::files::{self, Found, How, Listing, errno};

fn stat(type_: DescriptorType, size: u64) -> DescriptorStat {
    DescriptorStat {
        type_,
        link_count: 1,
        size,
        data_access_timestamp: None,
        data_modification_timestamp: None,
        status_change_timestamp: None,
    }
}

fn hash(path: &str) -> MetadataHashValue {
    MetadataHashValue {
        lower: files::number(path),
        upper: 0,
    }
}

impl preopens::Host for OwnView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        self.call(0)?;
        if !self.files.rooted() {
            return Ok(Vec::new());
        }
        let root = self.push(Entry::Folder(String::new()))?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl types::Host for OwnView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        Ok(error.downcast()?.into())
    }

    fn filesystem_error_code(
        &mut self,
        _: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        self.call(0)?;
        Ok(None)
    }
}

impl types::HostDescriptor for OwnView<'_> {
    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let (file, _) = self.file(&fd)?;
        Ok(self.table.push(streams::reader(file, offset, self.work))?)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = self.written(&fd)?;
        let writer = streams::writer(file, Some(offset), self.files.room(), self.work);
        Ok(self.table.push(writer)?)
    }

    fn append_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = self.written(&fd)?;
        let writer = streams::writer(file, None, self.files.room(), self.work);
        Ok(self.table.push(writer)?)
    }

    fn advise(
        &mut self,
        fd: Resource<Descriptor>,
        _: Filesize,
        _: Filesize,
        _: Advice,
    ) -> FsResult<()> {
        self.file(&fd).map(drop)
    }

    fn sync_data(&mut self, _: Resource<Descriptor>) -> FsResult<()> {
        self.spend(0)
    }

    fn get_flags(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        self.spend(0)?;
        Ok(match self.entry(&fd)? {
            Entry::Folder(_) => DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
            Entry::File { writes: true, .. } => DescriptorFlags::READ | DescriptorFlags::WRITE,
            Entry::File { writes: false, .. } => DescriptorFlags::READ,
        })
    }

    fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorType> {
        self.spend(0)?;
        Ok(match self.entry(&fd)? {
            Entry::Folder(_) => DescriptorType::Directory,
            Entry::File { .. } => DescriptorType::RegularFile,
        })
    }

    fn set_size(&mut self, fd: Resource<Descriptor>, size: Filesize) -> FsResult<()> {
        let file = self.written(&fd)?;
        self.settle(file.resize(size))
    }

    fn set_times(
        &mut self,
        _: Resource<Descriptor>,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        self.spend(0)
    }

    fn read(
        &mut self,
        fd: Resource<Descriptor>,
        length: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let (file, _) = self.file(&fd)?;
        let most = usize::try_from(length).map_or(streams::PIECE, |most| most.min(streams::PIECE));
        let read = file.read(offset, most, <[u8]>::to_vec);
        let copied = self.work.charge(read.len() as u64 / price::COPIED);
        copied.map_err(FsError::trap)?;
        let ended = read.is_empty() || offset + read.len() as u64 >= file.size();
        Ok((read, ended))
    }

    fn write(
        &mut self,
        fd: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        // They are copied already, whatever becomes of them.
        let copied = self.work.charge(bytes.len() as u64 / price::COPIED);
        copied.map_err(FsError::trap)?;
        let file = self.written(&fd)?;
        self.settle(file.write(offset, &bytes))?;
        Ok(bytes.len() as u64)
    }

    fn read_directory(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DirectoryEntryStream>> {
        self.spend(0)?;
        let folder = self.folder(&fd)?;
        let listing = self.settle(self.files.listing(&folder))?;
        let own = self.table.push(listing)?;
        Ok(Resource::new_own(own.rep()))
    }

    fn sync(&mut self, _: Resource<Descriptor>) -> FsResult<()> {
        self.spend(0)
    }

    fn create_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let path = self.below(&fd, &path)?;
        let made = self.files.make_folder(&path);
        self.settle(made)
    }

    fn stat(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        self.spend(0)?;
        Ok(match self.entry(&fd)? {
            Entry::Folder(_) => stat(DescriptorType::Directory, 0),
            Entry::File { file, .. } => stat(DescriptorType::RegularFile, file.size()),
        })
    }

    fn stat_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        let path = self.below(&fd, &path)?;
        Ok(match self.found(&path)? {
            Found::Folder => stat(DescriptorType::Directory, 0),
            Found::File(file) => stat(DescriptorType::RegularFile, file.size()),
        })
    }

    fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        let path = self.below(&fd, &path)?;
        self.found(&path).map(drop)
    }

    fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        _: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        self.below(&fd, &path)?;
        self.below(&fd, &new_path)?;
        Err(ErrorCode::NotPermitted.into())
    }

    fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let path = self.below(&fd, &path)?;
        if how.contains(OpenFlags::DIRECTORY) && !self.files.is_folder(&path) {
            let there = self.files.find(&path).is_some();
            let number = if there { errno::NOTDIR } else { errno::NOENT };
            return Err(refused(number));
        }
        let opened = self.files.open(
            &path,
            How {
                create: how.contains(OpenFlags::CREATE),
                exclusive: how.contains(OpenFlags::EXCLUSIVE),
                truncate: how.contains(OpenFlags::TRUNCATE),
            },
        );
        let writes = flags.contains(DescriptorFlags::WRITE);
        let entry = match self.settle(opened)? {
            Found::Folder if writes => return Err(ErrorCode::IsDirectory.into()),
            Found::Folder => Entry::Folder(path),
            Found::File(file) => Entry::File { file, path, writes },
        };
        self.push(entry).map_err(FsError::trap)
    }

    fn readlink_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<String> {
        let path = self.below(&fd, &path)?;
        self.found(&path)?;
        Err(ErrorCode::Invalid.into())
    }

    fn remove_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let path = self.below(&fd, &path)?;
        let removed = self.files.remove_folder(&path);
        self.settle(removed)
    }

    fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let from = self.below(&fd, &path)?;
        let to = self.below(&new_fd, &new_path)?;
        let renamed = self.files.rename(&from, &to);
        self.settle(renamed)
    }

    fn symlink_at(
        &mut self,
        fd: Resource<Descriptor>,
        path: String,
        new_path: String,
    ) -> FsResult<()> {
        self.below(&fd, &path)?;
        self.below(&fd, &new_path)?;
        Err(ErrorCode::NotPermitted.into())
    }

    fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let path = self.below(&fd, &path)?;
        let removed = self.files.remove(&path);
        self.settle(removed)
    }

    fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        self.call(0)?;
        let of = |fd: &Resource<Descriptor>| Resource::<Entry>::new_borrow(fd.rep());
        let (one, other) = (self.table.get(&of(&one))?, self.table.get(&of(&other))?);
        Ok(match (one, other) {
            (Entry::Folder(one), Entry::Folder(other)) => one == other,
            (Entry::File { file: one, .. }, Entry::File { file: other, .. }) => one.is(other),
            _ => false,
        })
    }

    fn metadata_hash(&mut self, fd: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        let entry = self.entry(&fd)?;
        self.spend(price::PATH.saturating_mul(entry.path().len() as u64))?;
        Ok(hash(entry.path()))
    }

    fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let path = self.below(&fd, &path)?;
        self.found(&path)?;
        Ok(hash(&path))
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.call(0)?;
        self.table.delete(Resource::<Entry>::new_own(fd.rep()))?;
        Ok(())
    }
}

impl types::HostDirectoryEntryStream for OwnView<'_> {
    fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.spend(0)?;
        let own = Resource::<Listing>::new_borrow(stream.rep());
        let next = self.table.get_mut(&own)?.next();
        Ok(next.map(|(name, folder)| DirectoryEntry {
            type_: if folder {
                DescriptorType::Directory
            } else {
                DescriptorType::RegularFile
            },
            name,
        }))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.call(0)?;
        self.table
            .delete(Resource::<Listing>::new_own(stream.rep()))?;
        Ok(())
    }
}
