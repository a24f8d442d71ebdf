//! The making of a table in object storage, at which one of any number of writers succeeds.

use std::sync::Arc;

use async_trait::async_trait;
use lance_core::Error;
use lance_io::object_store::ObjectStore;
use lance_table::{
    format::{IndexMetadata, Manifest, Transaction},
    io::commit::{
        CommitError, CommitHandler, ConditionalPutCommitHandler, ManifestLocation,
        ManifestNamingScheme, ManifestWriter,
    },
};
use lancedb::table::WriteOptions;
use object_store::{ObjectStoreExt as _, PutMode, PutPayload, path::Path};

/// The version that a new table has.
const FIRST: u64 = 1;
/// What is put twice beside a table that is to be made.
const TRIAL: &str = "conditional-write.trial";
/// Options under which a table is made where there is none, and is an error that it exists in all other cases.
pub(super) fn options() -> WriteOptions {
    let mut options = WriteOptions::default();
    let params = options.lance_write_params.get_or_insert_default();
    params.commit_handler = Some(Arc::new(First));
    options
}

/// Commits the first version of a table and no other. Who makes a table looks for one first, and looks again when it commits:
/// Lance writes over a table that came between the two, as its second version.
#[derive(Debug)]
struct First;

#[async_trait]
impl CommitHandler for First {
    fn is_version_not_found_definitive(&self) -> bool {
        ConditionalPutCommitHandler.is_version_not_found_definitive()
    }

    fn propagate_commit_error_after_success(&self) -> bool {
        ConditionalPutCommitHandler.propagate_commit_error_after_success()
    }

    async fn commit(
        &self,
        manifest: &mut Manifest,
        indices: Option<Vec<IndexMetadata>>,
        base_path: &Path,
        object_store: &ObjectStore,
        manifest_writer: ManifestWriter,
        naming_scheme: ManifestNamingScheme,
        transaction: Option<Transaction>,
    ) -> Result<ManifestLocation, CommitError> {
        if manifest.version != FIRST {
            let exists = Error::dataset_already_exists(base_path.to_string());
            return Err(CommitError::OtherError(exists));
        }
        try_storage(object_store.inner.as_ref(), base_path).await?;
        ConditionalPutCommitHandler
            .commit(
                manifest,
                indices,
                base_path,
                object_store,
                manifest_writer,
                naming_scheme,
                transaction,
            )
            .await
    }
}

/// Tries whether the storage refuses what it is asked to take only where there is none: one that does not would let each of two
/// writers think that the other's commit is its own. The object is beside the manifests, and goes before the first of them comes,
/// so that a table is never made where it cannot be kept.
async fn try_storage(
    storage: &dyn object_store::ObjectStore,
    base_path: &Path,
) -> Result<(), Error> {
    let place = base_path.clone().join(TRIAL);
    if !takes(storage, &place).await? {
        // Of another that tries, or of one that was killed: it was refused, which is what we ask.
        return Ok(());
    }
    let again = takes(storage, &place).await;
    storage.delete(&place).await?;
    if again? {
        return Err(Error::not_supported(
            "the storage took twice what it was asked to take only where there is nothing",
        ));
    }
    Ok(())
}

async fn takes(
    storage: &dyn object_store::ObjectStore,
    place: &Path,
) -> object_store::Result<bool> {
    let trial = PutPayload::from_static(b"trial");
    match storage.put_opts(place, trial, PutMode::Create.into()).await {
        Ok(_) => Ok(true),
        Err(
            object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. },
        ) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use futures::{StreamExt as _, executor::block_on, stream::BoxStream};
    use object_store::{
        CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
        PutMultipartOptions, PutOptions, PutResult, Result, memory::InMemory,
    };

    use super::*;
    use crate::advice;

    /// Storage that ignores conditions, as servers do that do not know them.
    #[derive(Debug, Default)]
    struct Lax(InMemory);

    impl fmt::Display for Lax {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Lax")
        }
    }

    #[async_trait]
    impl object_store::ObjectStore for Lax {
        async fn put_opts(&self, to: &Path, what: PutPayload, _: PutOptions) -> Result<PutResult> {
            self.0.put_opts(to, what, PutOptions::default()).await
        }

        async fn put_multipart_opts(
            &self,
            to: &Path,
            options: PutMultipartOptions,
        ) -> Result<Box<dyn MultipartUpload>> {
            self.0.put_multipart_opts(to, options).await
        }

        async fn get_opts(&self, from: &Path, options: GetOptions) -> Result<GetResult> {
            self.0.get_opts(from, options).await
        }

        fn delete_stream(
            &self,
            places: BoxStream<'static, Result<Path>>,
        ) -> BoxStream<'static, Result<Path>> {
            self.0.delete_stream(places)
        }

        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
            self.0.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
            self.0.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
            self.0.copy_opts(from, to, options).await
        }
    }

    fn is_empty(storage: &dyn object_store::ObjectStore) -> bool {
        block_on(storage.list(None).next()).is_none()
    }

    #[test]
    fn storage_that_writes_over_what_is_there_is_refused() {
        let base_path = Path::from("memory/items.lance");
        let (strict, lax) = (InMemory::new(), Lax::default());
        block_on(try_storage(&strict, &base_path)).unwrap();
        let refused = block_on(try_storage(&lax, &base_path)).unwrap_err();
        assert_eq!(advice::of(&refused), advice::CONDITIONS);
        assert!(is_empty(&strict) && is_empty(&lax));

        // What a killed process leaves keeps no other from making its table, and is not taken for a table.
        assert!(block_on(takes(&strict, &base_path.clone().join(TRIAL))).unwrap());
        block_on(try_storage(&strict, &base_path)).unwrap();
    }
}
