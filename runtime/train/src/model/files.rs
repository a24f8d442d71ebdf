use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::Policy;
use crate::{Config, TrainError, files};

/// A tensor's shape and values, by name.
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A tensor's values, by name.
type Values = HashMap<String, Vec<f32>>;

/// Writes tensors and texts as one safetensors file, atomically.
pub(crate) fn write_tensors(
    path: &Path,
    tensors: &Tensors,
    texts: HashMap<String, String>,
) -> Result<(), TrainError> {
    let bytes: Vec<(&String, &Vec<usize>, &[u8])> = tensors
        .iter()
        .map(|(name, (shape, values))| (name, shape, bytemuck::cast_slice(values)))
        .collect();
    let views = bytes
        .into_iter()
        .map(|(name, shape, data)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .and_then(|views| safetensors::serialize(views, Some(texts)));
    let bytes = views.map_err(|error| TrainError::damaged(path, error.to_string()))?;
    files::write_atomically(path, &bytes)
}

/// Reads what [`write_tensors`] wrote.
pub(crate) fn read_tensors(path: &Path) -> Result<(Values, HashMap<String, String>), TrainError> {
    let bytes = files::read(path)?;
    let fault = |error: safetensors::SafeTensorError| {
        TrainError::damaged(path, format!("not a whole safetensors file: {error}"))
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(fault)?;
    let texts = header.metadata().clone().unwrap_or_default();
    let tensors = SafeTensors::deserialize(&bytes).map_err(fault)?;
    let mut values = HashMap::new();
    for (name, view) in tensors.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(TrainError::damaged(
                path,
                format!("{name} is not of 32-bit floats"),
            ));
        }
        let floats = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        values.insert(name, floats);
    }
    Ok((values, texts))
}

/// The weights as named tensors, with a prefix before each name.
pub(crate) fn tensors_of(policy: &Policy, values: &[f32], prefix: &str, into: &mut Tensors) {
    for place in policy.tensors() {
        let named = (place.shape.clone(), place.of(values).to_vec());
        into.insert(format!("{prefix}{}", place.name), named);
    }
}

/// Writes `model.safetensors`, `config.toml` and `vocabulary.json` into a folder.
///
/// # Errors
/// With the path, where the folder cannot be written.
pub fn save_model(policy: &Policy, config: &Config, folder: &Path) -> Result<(), TrainError> {
    files::make_folder(folder)?;
    let tokenizer = config.model.tokenizer;
    let mut tensors = Tensors::new();
    tensors_of(policy, &policy.values, "", &mut tensors);
    let texts = HashMap::from([
        ("digest".to_owned(), policy.digest().to_string()),
        ("vocabulary".to_owned(), tokenizer.digest().to_string()),
        ("config".to_owned(), config.to_toml()),
    ]);
    write_tensors(&folder.join("model.safetensors"), &tensors, texts)?;
    files::write_atomically(&folder.join("config.toml"), config.to_toml().as_bytes())?;
    let words = serde_json::to_vec_pretty(&tokenizer.spellings())
        .map_err(|error| TrainError::damaged(folder, error.to_string()))?;
    files::write_atomically(&folder.join("vocabulary.json"), &words)
}

/// Reads what [`save_model`] wrote.
///
/// # Errors
/// Where a file is missing, damaged, of another vocabulary, or does not have the digest it names.
pub fn load_model(folder: &Path) -> Result<(Policy, Config), TrainError> {
    let path = folder.join("model.safetensors");
    let (tensors, texts) = read_tensors(&path)?;
    let text = |key: &str| {
        texts
            .get(key)
            .ok_or_else(|| TrainError::damaged(&path, format!("it does not name its {key}")))
    };
    let config = Config::parse(text("config")?, &path)?;
    let tokenizer = config.model.tokenizer;
    if *text("vocabulary")? != tokenizer.digest().to_string() {
        return Err(TrainError::damaged(
            &path,
            "it was trained with another vocabulary; train it again with this version of falcon",
        ));
    }
    let policy = Policy::from_tensors(&config.model, tokenizer.vocabulary(), tensors)
        .map_err(|what| TrainError::damaged(&path, what))?;
    if *text("digest")? != policy.digest().to_string() {
        return Err(TrainError::damaged(
            &path,
            "its weights do not have the digest it names",
        ));
    }
    Ok((policy, config))
}
