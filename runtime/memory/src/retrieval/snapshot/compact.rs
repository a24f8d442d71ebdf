use super::Snapshot;

/// Rows below which leavers are not worth the work.
const FEW: usize = 256;
/// One leaver to so many rows is: a search reads that many more, and no more.
const LEAVERS: usize = 8;

impl Snapshot {
    /// Closes the gaps that leavers left, once they are many. Nothing is encoded again, and no answer
    /// changes: rows keep their order.
    pub(super) fn compact(&mut self) {
        let rows = self.records.len();
        if rows <= FEW || (rows - self.live) * LEAVERS < rows {
            return;
        }
        let mut next = 0;
        let mut number = Vec::with_capacity(rows);
        for record in &self.records {
            number.push(record.is_some().then_some(next));
            next += u32::from(record.is_some());
        }
        let stays = |row: usize| number[row].is_some();
        self.vectors = kept(std::mem::take(&mut self.vectors), stays);
        self.identities = kept(std::mem::take(&mut self.identities), stays);
        if let Some(learned) = &mut self.learned {
            learned.keep(stays);
        }
        self.records.retain(Option::is_some);
        self.text.renumber(&number);
        self.laws.renumber(&number);
        let moved = |row: &mut u32| {
            if let Some(new) = number[*row as usize] {
                *row = new;
            }
        };
        self.by_id.values_mut().for_each(moved);
        let lists = self
            .by_words
            .values_mut()
            .chain(self.by_project.values_mut());
        lists.for_each(|rows| rows.iter_mut().for_each(moved));
        if let Some(lists) = &mut self.lists {
            lists.renumber(&number);
        }
    }
}

fn kept<T>(all: Vec<T>, stays: impl Fn(usize) -> bool) -> Vec<T> {
    let all = all.into_iter().enumerate();
    all.filter(|(row, _)| stays(*row))
        .map(|(_, one)| one)
        .collect()
}
