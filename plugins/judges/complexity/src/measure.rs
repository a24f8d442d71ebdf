//! All that is measured of one program.

use python_source::{Ranged, Source};

use crate::{
    cognitive, cyclomatic,
    halstead::{self, Halstead},
    maintainability, nesting,
    raw::{self, Raw},
};

/// The figures of a program.
pub(crate) struct Measures {
    /// Each function, and first what stands outside of all.
    pub(crate) blocks: Vec<Block>,
    /// Halstead's counts of the program.
    pub(crate) halstead: Halstead,
    /// Its lines.
    pub(crate) raw: Raw,
    /// Radon's total cyclomatic complexity.
    pub(crate) cyclomatic: u32,
    /// The maintainability index.
    pub(crate) maintainability: f64,
}

/// The figures of one function.
pub(crate) struct Block {
    /// Its name behind those of the classes and functions around it.
    pub(crate) name: String,
    /// The line of its name; 0 for what stands outside of all functions.
    pub(crate) line: u32,
    /// The bytes of its definition.
    pub(crate) span: (u32, u32),
    /// Cyclomatic complexity, functions inside it not counted.
    pub(crate) cyclomatic: u32,
    /// Cognitive complexity, functions inside it counted.
    pub(crate) cognitive: u32,
    /// Levels of control flow, functions inside it counted.
    pub(crate) nesting: u32,
}

impl Measures {
    /// Measures a program.
    pub(crate) fn of(source: &Source<'_>) -> Self {
        let module = cyclomatic::of(source);
        let outside = Block {
            name: "the module".to_owned(),
            line: 0,
            span: (0, 0),
            cyclomatic: module.outside,
            cognitive: cognitive::of_module(source.body()),
            nesting: nesting::of_module(source.body()),
        };
        let functions = module.functions.iter().map(|one| Block {
            name: one.name.clone(),
            line: source.line(&one.def.name),
            span: (one.def.start().to_u32(), one.def.end().to_u32()),
            cyclomatic: one.complexity,
            cognitive: cognitive::of_function(one.def),
            nesting: nesting::of(&one.def.body),
        });
        let blocks = std::iter::once(outside).chain(functions).collect();
        let (halstead, raw) = (halstead::of(source), raw::of(source));
        Self {
            blocks,
            halstead,
            raw,
            cyclomatic: module.total,
            maintainability: maintainability::index(halstead, module.total, raw),
        }
    }

    /// The block that has most of something.
    pub(crate) fn worst(&self, of: impl Fn(&Block) -> u32) -> (&Block, u32) {
        let mut worst = &self.blocks[0];
        for block in &self.blocks[1..] {
            if of(block) > of(worst) {
                worst = block;
            }
        }
        (worst, of(worst))
    }
}
