use serde::{Deserialize, Serialize};

use super::Tokenizer;

/// The policy's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// Width of a token's state.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Attention heads; each has an even width.
    pub heads: usize,
    /// How texts become tokens.
    #[serde(skip_serializing_if = "is_pymini")]
    pub tokenizer: Tokenizer,
    /// Tokens of a prompt with all that memory adds, and its answer, at most.
    #[serde(skip_serializing_if = "is_pyminis_context")]
    pub context: usize,
    /// Tokens of an answer at most, its end among them.
    #[serde(skip_serializing_if = "is_pyminis_answer")]
    pub answer: usize,
}

// What PyMini fixes is not written down, so that recipes without files have the digests they always had.

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_pymini(tokenizer: &Tokenizer) -> bool {
    *tokenizer == Tokenizer::Pymini
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_pyminis_context(tokens: &usize) -> bool {
    *tokens == falcon_tasks::MAX_CONTEXT
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_pyminis_answer(tokens: &usize) -> bool {
    *tokens == falcon_tasks::MAX_BODY
}
