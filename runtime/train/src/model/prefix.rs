use super::Policy;

/// Soft prompts: vectors that stand before prompts as tokens do, and that are no words.
///
/// They are rows of the table that inputs are looked up in, below those of the vocabulary, so their
/// token ids are V, V + 1, …; the output projection does not have them, so they are never drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefixes<'a> {
    /// `[prefixes · tokens, width]`
    rows: &'a [f32],
    /// Rows of one prefix.
    tokens: usize,
    /// The id of the first row.
    first: usize,
    /// Which prefix stands before each prompt; empty where the first stands before all.
    of: &'a [usize],
}

impl<'a> Prefixes<'a> {
    /// The policy's own, before every prompt; nothing where it has none.
    pub(crate) fn of(policy: &'a Policy) -> Self {
        Self::new(policy, policy.soft_prompt(), &[])
    }

    /// Prefixes as long as the policy's own; the `i`th prompt has the `of[i]`th.
    pub(crate) fn new(policy: &'a Policy, rows: &'a [f32], of: &'a [usize]) -> Self {
        Self {
            rows,
            tokens: policy.prefix(),
            first: policy.vocabulary(),
            of,
        }
    }

    /// All rows, `[prefixes · tokens, width]`.
    pub(crate) fn rows(&self) -> &'a [f32] {
        self.rows
    }

    /// Tokens before each prompt.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// The token ids before a prompt, by its place among the prompts.
    pub(crate) fn ids(&self, prompt: usize) -> impl Iterator<Item = u32> + use<> {
        let prefix = self.of.get(prompt).copied().unwrap_or(0);
        let first = self.first + prefix * self.tokens;
        (first..first + self.tokens).map(|id| id as u32)
    }
}
