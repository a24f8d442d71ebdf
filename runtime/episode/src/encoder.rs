/// Numbers of an [`Encoder`]'s vector at most.
pub const MOST_DIMENSIONS: usize = 256;

/// Makes vectors of texts, by a model that its host has; a memory compares them.
///
/// Deterministic: one version gives one vector of a text, whatever else it is asked for.
pub trait Encoder: Send + Sync {
    /// Names the model, and how vectors are made of it. Vectors of two versions are never compared.
    fn version(&self) -> String;

    /// A vector of each text, in order, of whatever length; texts are alike where the angle between theirs is small. None of a
    /// text that the model cannot read. One of more than [`MOST_DIMENSIONS`] numbers, of length 0, or with a number that is not
    /// finite, counts as none.
    fn encode(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>>;
}
