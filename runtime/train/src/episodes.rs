use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use falcon_episode::Episode;

use crate::TrainError;

/// `episodes.jsonl`: one line for each program that training graded.
pub(crate) struct EpisodeLog {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl EpisodeLog {
    /// Opens the log and drops what lies beyond `bytes`: a run that was killed wrote it after
    /// its last checkpoint and will write it again.
    pub(crate) fn open(out: &Path, bytes: u64) -> Result<Self, TrainError> {
        let path = out.join("episodes.jsonl");
        let open = || -> std::io::Result<File> {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            if file.metadata()?.len() < bytes {
                let lost = "it is shorter than the checkpoint says: episodes were removed";
                return Err(std::io::Error::other(lost));
            }
            file.set_len(bytes)?;
            file.seek(SeekFrom::Start(bytes))?;
            Ok(file)
        };
        let file = open().map_err(TrainError::io(&path, "opening"))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            bytes,
        })
    }

    /// Adds a line, with the good program that judges knew beside the episode.
    pub(crate) fn add(
        &mut self,
        step: usize,
        episode: &Episode,
        reference: Option<&str>,
    ) -> Result<(), TrainError> {
        #[derive(serde::Serialize)]
        struct Line<'a> {
            step: usize,
            #[serde(flatten)]
            episode: &'a Episode,
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<&'a str>,
        }
        let line = Line {
            step,
            episode,
            reference,
        };
        let mut line = serde_json::to_vec(&line)
            .map_err(|error| TrainError::damaged(&self.path, error.to_string()))?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .map_err(TrainError::io(&self.path, "writing"))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Makes all lines durable. Returns the file's length.
    pub(crate) fn sync(&mut self) -> Result<u64, TrainError> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_data())
            .map_err(TrainError::io(&self.path, "writing"))?;
        Ok(self.bytes)
    }
}
