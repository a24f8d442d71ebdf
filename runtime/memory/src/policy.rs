//! What decides what memory keeps, recalls and shows: the seam of `falcon-episode`, behind which stands a plugin or
//! [`Nearest`](crate::Nearest).

pub use falcon_episode::memory::*;
