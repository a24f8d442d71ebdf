//! Projects that call operations by words of their own.

use rand::{Rng, seq::SliceRandom as _};

use super::{
    Primitive,
    behaviour::Behaviour,
    chain::Chain,
    datum::Kind,
    inputs,
    phrases::join,
    plain::{Want, draw_kind, draw_op, number, phrase},
    primitive::{Op, Outcome},
    seed::generator,
    split::Rules,
    task::{Draft, Split, Task, TaskFamily},
    token::TokenId,
    vocabulary::{ALIASES, vocabulary},
};

/// Tasks of one project in a set.
pub const TASKS_PER_PROJECT: usize = 8;
/// Solved tasks in a project's memory bank.
pub const BANK_ITEMS: usize = 12;
/// Private words of a project.
const WORDS: usize = 6;
/// An alias task shows one example: too few to guess the operation from.
const EXAMPLES: usize = 1;

/// Tasks that share private words, and the solved tasks that disclose them.
#[derive(Clone, Debug)]
pub struct Project {
    /// As in [`Task::project`].
    pub name: String,
    /// Its tasks.
    pub tasks: Vec<Task>,
    /// Twelve solved tasks with [`Task::gold`]: single operations for five of the six words, the
    /// rest compositions. None behaves as a test task does.
    pub bank: Vec<Task>,
}

/// What a project's words mean.
#[derive(Clone, Debug)]
pub(crate) struct Words(Vec<(TokenId, Op)>);

impl Words {
    /// Six words for six operations, afresh.
    pub(crate) fn draw(rng: &mut impl Rng) -> Self {
        let mut aliases: Vec<usize> = (0..ALIASES).collect();
        aliases.shuffle(rng);
        let mut primitives = Primitive::NAMED;
        primitives.shuffle(rng);
        let words = aliases.iter().zip(primitives).take(WORDS);
        Self(
            words
                .map(|(&i, p)| (vocabulary().alias(i), number(p, rng)))
                .collect(),
        )
    }

    /// The words of a named project; nothing for a name without the number that sets give.
    pub(crate) fn of_project(name: &str) -> Option<Self> {
        let (purpose, index) = name.rsplit_once('-')?;
        Some(Self::draw(&mut generator(
            index.parse().ok()?,
            &format!("words of {purpose}"),
            0,
        )))
    }

    /// Whether the project has this word.
    pub(crate) fn has(&self, word: TokenId) -> bool {
        self.0.iter().any(|(own, _)| *own == word)
    }

    /// The number of a word.
    pub(crate) fn place(&self, word: TokenId) -> Option<usize> {
        self.0.iter().position(|(own, _)| *own == word)
    }

    /// One draw of a task that calls the `word`th operation by its private word, and no other.
    pub(crate) fn draft(
        &self,
        word: usize,
        rules: &Rules,
        want: Want,
        depth: usize,
        rng: &mut impl Rng,
    ) -> Option<Draft> {
        let (token, op) = *self.0.get(word)?;
        let (chain, place) = around(op, depth, rng)?;
        if !want.takes_chain(rules, &chain) {
            return None;
        }
        let behaviour = Behaviour::of_worthy(&chain)?;
        if !want.takes(rules.standing(&chain, behaviour)) {
            return None;
        }
        let cases = inputs::cases(&chain, EXAMPLES, rng)?;
        let spec = said_by(token, &chain, place, rng);
        let (family, alias) = (TaskFamily::Alias, Some((token, op)));
        let draft = Draft {
            family,
            chain,
            behaviour,
            spec,
            cases,
            alias,
            readings: Vec::new(),
        };
        draft.fits().then_some(draft)
    }

    /// One draw with any of the words.
    pub(crate) fn draft_any(
        &self,
        rules: &Rules,
        want: Want,
        depth: usize,
        rng: &mut impl Rng,
    ) -> Option<Draft> {
        self.draft(rng.random_range(0..WORDS), rules, want, depth, rng)
    }

    /// The project's memory bank.
    pub(crate) fn bank(&self, project: &str, rules: &Rules) -> Vec<Task> {
        let mut rng = generator(0, &format!("bank of {project}"), 0);
        let undisclosed = rng.random_range(0..WORDS);
        let single = (0..WORDS)
            .filter(|&word| word != undisclosed)
            .map(|word| (word, 1));
        let composed = (0..BANK_ITEMS - (WORDS - 1)).map(|i| ((undisclosed + i) % WORDS, 2));
        let mut items = Vec::with_capacity(BANK_ITEMS);
        for (word, depth) in single.chain(composed) {
            let draft = until(|| self.draft(word, rules, Want::Trained, depth, &mut rng));
            if let Some(draft) = draft {
                let id = format!("bank-{project}-{:02}", items.len());
                // The split says that it may be shown; memory holds it, no training does.
                items.push(draft.finish(Split::Gold, id, project, &mut rng));
            }
        }
        items
    }
}

/// The operation alone or with one other, and its place.
fn around(op: Op, depth: usize, rng: &mut impl Rng) -> Option<(Chain, usize)> {
    let fits = |kind| op.primitive.takes(kind);
    let kind = match (fits(Kind::Ints), fits(Kind::Text)) {
        (true, true) => draw_kind(rng),
        (true, false) => Kind::Ints,
        (false, _) => Kind::Text,
    };
    if depth == 1 {
        return Some((Chain::new(kind, &[op]), 0));
    }
    if op.primitive.gives() == Outcome::Int || rng.random_bool(0.5) {
        Some((Chain::new(kind, &[draw_op(kind, false, rng)?, op]), 1))
    } else {
        Some((Chain::new(kind, &[op, draw_op(kind, true, rng)?]), 0))
    }
}

fn said_by(word: TokenId, chain: &Chain, place: usize, rng: &mut impl Rng) -> Vec<TokenId> {
    let say = |(i, op): (usize, &Op)| {
        if i == place {
            vec![word]
        } else {
            phrase(*op, rng)
        }
    };
    let phrases: Vec<_> = chain.ops().iter().enumerate().map(say).collect();
    join(&phrases, rng)
}

/// Draws until something comes; nothing after so many draws that nothing will.
pub(crate) fn until<T>(mut draw: impl FnMut() -> Option<T>) -> Option<T> {
    (0..MOST_DRAWS).find_map(|_| draw())
}

const MOST_DRAWS: usize = 100_000;
