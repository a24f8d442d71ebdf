//! How sequences of different lengths lie one after the other in one matrix of tokens.

use std::sync::Arc;

/// One run of tokens in a packed batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Tokens in the segment.
    pub len: usize,
    /// An earlier segment whose tokens, and whose ancestors' tokens, come before this one.
    ///
    /// Several segments may share a parent: a prompt is then encoded once for all its completions.
    pub parent: Option<usize>,
}

/// A packed batch: segments in row order, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    segments: Vec<Placed>,
    families: Vec<Vec<usize>>,
    positions: Vec<u32>,
    longest: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    start: usize,
    len: usize,
    position: usize,
    /// Ancestors from the oldest to the parent.
    ancestors: Vec<usize>,
}

/// Why segments cannot be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A parent must be an earlier segment, so that there are no cycles.
    #[error("segment {segment} names segment {parent} as its parent; a parent must come earlier")]
    ParentNotEarlier {
        /// The segment at fault.
        segment: usize,
        /// The parent it names.
        parent: usize,
    },
}

impl Layout {
    /// Lays segments out one after the other.
    ///
    /// # Errors
    /// If a segment names itself or a later segment as its parent.
    pub fn new(segments: &[Segment]) -> Result<Arc<Self>, LayoutError> {
        let mut placed: Vec<Placed> = Vec::with_capacity(segments.len());
        let mut families: Vec<Vec<usize>> = Vec::new();
        let mut family_of = Vec::with_capacity(segments.len());
        let (mut start, mut longest) = (0, 0);
        for (index, segment) in segments.iter().enumerate() {
            let (position, ancestors) = match segment.parent {
                None => {
                    family_of.push(families.len());
                    families.push(vec![index]);
                    (0, Vec::new())
                }
                Some(parent) if parent < index => {
                    family_of.push(family_of[parent]);
                    families[family_of[parent]].push(index);
                    let mut ancestors = placed[parent].ancestors.clone();
                    ancestors.push(parent);
                    (placed[parent].position + placed[parent].len, ancestors)
                }
                Some(parent) => {
                    return Err(LayoutError::ParentNotEarlier {
                        segment: index,
                        parent,
                    });
                }
            };
            longest = longest.max(position + segment.len);
            placed.push(Placed {
                start,
                len: segment.len,
                position,
                ancestors,
            });
            start += segment.len;
        }
        Ok(Arc::new(Self {
            positions: positions(&placed),
            segments: placed,
            families,
            longest,
        }))
    }

    /// Independent sequences of these lengths.
    #[must_use]
    pub fn plain(lens: &[usize]) -> Arc<Self> {
        let mut start = 0;
        let place = |&len: &usize| {
            start += len;
            Placed {
                start: start - len,
                len,
                position: 0,
                ancestors: Vec::new(),
            }
        };
        let segments: Vec<Placed> = lens.iter().map(place).collect();
        Arc::new(Self {
            positions: positions(&segments),
            segments,
            families: (0..lens.len()).map(|index| vec![index]).collect(),
            longest: lens.iter().copied().max().unwrap_or(0),
        })
    }

    /// Rows of a packed matrix, T.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.positions.len()
    }

    /// Number of segments.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// First row of a segment.
    ///
    /// # Panics
    /// If there is no such segment.
    #[must_use]
    pub fn start(&self, segment: usize) -> usize {
        self.segments[segment].start
    }

    /// Rows of a segment.
    ///
    /// # Panics
    /// If there is no such segment.
    #[must_use]
    pub fn len(&self, segment: usize) -> usize {
        self.segments[segment].len
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Position of a segment's first token: the total length of its ancestors.
    ///
    /// # Panics
    /// If there is no such segment.
    #[must_use]
    pub fn position(&self, segment: usize) -> usize {
        self.segments[segment].position
    }

    /// Ancestors of a segment, the oldest first.
    ///
    /// # Panics
    /// If there is no such segment.
    #[must_use]
    pub fn ancestors(&self, segment: usize) -> &[usize] {
        &self.segments[segment].ancestors
    }

    /// The position of every row, `[T]`.
    #[must_use]
    pub fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// One more than the largest position.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Segments that can see one another, by root, each list ascending. Families are independent.
    #[must_use]
    pub fn families(&self) -> &[Vec<usize>] {
        &self.families
    }
}

fn positions(segments: &[Placed]) -> Vec<u32> {
    let of = |s: &Placed| s.position as u32..(s.position + s.len) as u32;
    segments.iter().flat_map(of).collect()
}
