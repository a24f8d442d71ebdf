//! Rotary position embedding, half-split form: value j of a head turns with value j + h/2, by the
//! angle position * base^(-2j/h) (Su et al. 2021, as in the weights of the Llama family).

/// Cosines and sines for positions `0..positions`.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    half: usize,
    /// `[positions, half]`
    cos: Vec<f32>,
    /// `[positions, half]`
    sin: Vec<f32>,
}

impl Table {
    /// Angles for heads of `head` values.
    pub(crate) fn new(positions: usize, head: usize, base: f32) -> Self {
        let half = head / 2;
        let frequency: Vec<f64> = (0..half)
            .map(|j| f64::from(base).powf(-2.0 * j as f64 / head as f64))
            .collect();
        let angles = (0..positions).flat_map(|p| frequency.iter().map(move |f| p as f64 * f));
        let (sin, cos) = angles.map(|a| (a.sin() as f32, a.cos() as f32)).unzip();
        Self { half, cos, sin }
    }

    /// Cosines, `[positions, half]`.
    pub(crate) fn cos(&self) -> &[f32] {
        &self.cos
    }

    /// Sines, `[positions, half]`.
    pub(crate) fn sin(&self) -> &[f32] {
        &self.sin
    }

    /// Turns all heads of one row (`[heads * head]`) to `position`.
    pub(crate) fn turn(&self, row: &mut [f32], position: usize) {
        self.apply(row, position, 1.0);
    }

    /// Turns all heads of one row back: the transpose of [`Table::turn`], which gradients need.
    pub(crate) fn turn_back(&self, row: &mut [f32], position: usize) {
        self.apply(row, position, -1.0);
    }

    #[inline]
    fn apply(&self, row: &mut [f32], position: usize, direction: f32) {
        let at = position * self.half..(position + 1) * self.half;
        let (cos, sin) = (&self.cos[at.clone()], &self.sin[at]);
        for head in row.chunks_exact_mut(2 * self.half) {
            let (low, high) = head.split_at_mut(self.half);
            for (((a, b), c), s) in low.iter_mut().zip(high).zip(cos).zip(sin) {
                let s = s * direction;
                (*a, *b) = (*a * c - *b * s, *b * c + *a * s);
            }
        }
    }
}
