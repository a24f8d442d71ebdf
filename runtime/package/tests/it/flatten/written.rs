//! Components written by hand, each with what linkers of shared libraries make rarely.
//!
//! Also used by the host's tests, which run them.

/// A component, and what becomes of it.
pub(crate) struct Written {
    pub(crate) name: &'static str,
    text: &'static str,
    /// How many core modules it has, those of components inside it included, and how many once it is flat.
    pub(crate) modules: (usize, usize),
}

impl Written {
    const fn new(name: &'static str, text: &'static str, modules: (usize, usize)) -> Self {
        Self {
            name,
            text,
            modules,
        }
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        wat::parse_str(self.text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// Those that are merged. Each exports `run: func(x: s32) -> s32`; one also
/// `echo: func(x: list<u8>) -> list<u8>`.
pub(crate) const MERGED: [Written; 10] = [
    Written::new("values", include_str!("written/values.wat"), (2, 1)),
    Written::new(
        "table with init",
        include_str!("written/table_with_init.wat"),
        (2, 1),
    ),
    Written::new("elements", include_str!("written/elements.wat"), (2, 1)),
    Written::new("tags", include_str!("written/tags.wat"), (2, 1)),
    Written::new("blocks", include_str!("written/blocks.wat"), (2, 1)),
    Written::new(
        "memory grow",
        include_str!("written/memory_grow.wat"),
        (2, 1),
    ),
    Written::new("destructor", include_str!("written/destructor.wat"), (3, 2)),
    Written::new("realloc", include_str!("written/realloc.wat"), (2, 1)),
    Written::new(
        "nested before",
        include_str!("written/nested_before.wat"),
        (3, 2),
    ),
    Written::new(
        "nested after",
        include_str!("written/nested_after.wat"),
        (3, 2),
    ),
];

/// One that is refused, since merged it would call the host in another order.
pub(crate) const NESTED_BETWEEN: Written = Written::new(
    "nested between",
    include_str!("written/nested_between.wat"),
    (3, 3),
);

/// One that is refused, since a type comes before what it needs can be made.
pub(crate) const EARLY_DESTRUCTOR: Written = Written::new(
    "early destructor",
    include_str!("written/early_destructor.wat"),
    (3, 3),
);
