//! Records as columns and back.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, Float32Array, Float64Array, RecordBatch, StringArray,
    UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use falcon_episode::MemoryItem;
use rayon::prelude::*;

use crate::{
    folder::SCHEMA_VERSION,
    record::Record,
    retrieval::{
        encoder::{DIMENSIONS, ENCODER_VERSION},
        keys::embed,
    },
};

type Result<T> = std::result::Result<T, ArrowError>;

const EMBEDDING: &str = "embedding";

/// The table's columns: the same in all versions so far.
pub(crate) fn schema() -> SchemaRef {
    use DataType::{Float64, UInt32, UInt64, Utf8};
    let fields = [
        ("id", Utf8),
        ("task_id", Utf8),
        ("behaviour", Utf8),
        ("project", Utf8),
        ("family", Utf8),
        ("language", Utf8),
        ("prompt", Utf8),
        ("program", Utf8),
        ("feedback", Utf8),
        ("score", Float64),
        ("scores", Utf8),
        (
            EMBEDDING,
            DataType::FixedSizeList(component(), DIMENSIONS as i32),
        ),
        ("encoder_version", Utf8),
        ("schema_version", UInt32),
        ("utility", Float64),
        ("uses", UInt32),
        ("sequence", UInt64),
    ];
    Arc::new(Schema::new(
        fields
            .map(|(name, kind)| Field::new(name, kind, false))
            .to_vec(),
    ))
}

/// The names of all columns but the largest, which nobody reads back.
pub(crate) fn without_embedding() -> Vec<String> {
    let schema = schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    names.filter(|name| name != EMBEDDING).collect()
}

/// Records as one batch, each with the embedding of its prompt.
pub(crate) fn batch(records: &[&Record]) -> Result<RecordBatch> {
    let text = |of: fn(&Record) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            records.iter().map(|record| of(record)),
        ))
    };
    let number = |of: fn(&Record) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(
            records.iter().map(|record| of(record)),
        ))
    };
    let scores = records
        .iter()
        .map(|record| serde_json::to_string(&record.item.scores));
    let scores = scores.collect::<std::result::Result<Vec<_>, _>>();
    let scores = scores.map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
    let columns = vec![
        text(|record| &record.id),
        text(|record| &record.item.task_id),
        text(|record| &record.item.behaviour),
        text(|record| &record.item.project),
        text(|record| &record.item.family),
        text(|record| &record.item.language),
        text(|record| &record.item.prompt),
        text(|record| &record.item.program),
        text(|record| &record.item.feedback),
        number(|record| record.item.score),
        Arc::new(StringArray::from(scores)),
        embeddings(records)?,
        text(|_| ENCODER_VERSION),
        Arc::new(UInt32Array::from(vec![SCHEMA_VERSION; records.len()])),
        number(|record| record.utility),
        Arc::new(UInt32Array::from_iter_values(
            records.iter().map(|record| record.uses),
        )),
        Arc::new(UInt64Array::from_iter_values(
            records.iter().map(|record| record.sequence),
        )),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// A batch as records. Its columns may be more, and in any order.
pub(crate) fn records(batch: &RecordBatch) -> Result<Vec<Record>> {
    let text = |name| column::<StringArray>(batch, name);
    let [
        id,
        task_id,
        behaviour,
        project,
        family,
        language,
        prompt,
        program,
        feedback,
        scores,
    ] = [
        text("id")?,
        text("task_id")?,
        text("behaviour")?,
        text("project")?,
        text("family")?,
        text("language")?,
        text("prompt")?,
        text("program")?,
        text("feedback")?,
        text("scores")?,
    ];
    let score = column::<Float64Array>(batch, "score")?;
    let utility = column::<Float64Array>(batch, "utility")?;
    let uses = column::<UInt32Array>(batch, "uses")?;
    let sequence = column::<UInt64Array>(batch, "sequence")?;
    let record = |row: usize| -> Result<Record> {
        let scores = serde_json::from_str(scores.value(row));
        let item = MemoryItem {
            task_id: task_id.value(row).to_owned(),
            behaviour: behaviour.value(row).to_owned(),
            project: project.value(row).to_owned(),
            family: family.value(row).to_owned(),
            language: language.value(row).to_owned(),
            prompt: prompt.value(row).to_owned(),
            program: program.value(row).to_owned(),
            feedback: feedback.value(row).to_owned(),
            score: score.value(row),
            scores: scores
                .map_err(|error| ArrowError::ParseError(format!("column scores: {error}")))?,
        };
        Ok(Record {
            id: id.value(row).to_owned(),
            item,
            utility: utility.value(row),
            uses: uses.value(row),
            sequence: sequence.value(row),
        })
    };
    (0..batch.num_rows()).map(record).collect()
}

fn embeddings(records: &[&Record]) -> Result<ArrayRef> {
    let of_one = |record: &&Record| embed(&record.item.prompt);
    let values: Vec<f32> = records.par_iter().flat_map_iter(of_one).collect();
    let values = Arc::new(Float32Array::from(values));
    Ok(Arc::new(FixedSizeListArray::try_new(
        component(),
        DIMENSIONS as i32,
        values,
        None,
    )?))
}

fn component() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, true))
}

fn column<'a, T: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a T> {
    let found = batch.column_by_name(name);
    let found = found.and_then(|column| column.as_any().downcast_ref::<T>());
    found.ok_or_else(|| {
        ArrowError::SchemaError(format!("column {name} is missing or of another type"))
    })
}
