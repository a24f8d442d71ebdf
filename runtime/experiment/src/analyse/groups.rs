//! Arms that took as much compute as one of them.

use super::{Data, PLAIN, all, in_points};
use crate::{ArmKind, Group, GroupEntry};

impl<'a> Data<'a> {
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut leaders: Vec<&'a str> = Vec::new();
        let settings = |name: &'a str| {
            self.plan.arm(name).and_then(|arm| match &arm.kind {
                ArmKind::Run(setting) => setting.compute.as_deref(),
                ArmKind::Row { .. } => None,
            })
        };
        for arm in &self.plan.arms {
            leaders.extend(settings(&arm.name).filter(|leader| !leaders.contains(leader)));
        }
        leaders
            .into_iter()
            .map(|of| {
                let members = self.plan.arms.iter().map(|arm| &arm.name[..]);
                let members: Vec<&str> = members
                    .filter(|arm| *arm == of || settings(arm) == Some(of))
                    .collect();
                let entries = PLAIN.into_iter().flat_map(|split| {
                    members
                        .iter()
                        .filter_map(move |arm| self.entry(arm, of, split))
                        .collect::<Vec<_>>()
                });
                Group {
                    of: of.to_owned(),
                    entries: entries.collect(),
                }
            })
            .collect()
    }

    fn entry(&self, arm: &'a str, of: &'a str, split: &str) -> Option<GroupEntry> {
        let level = self.level(arm, split, "none", &all)?;
        let against = (arm != of)
            .then(|| self.pairs(split, (arm, "none"), (of, "none"), None, &all))
            .filter(|pairs| !pairs.is_empty())
            .map(|pairs| in_points(self.difference(&pairs, "at equal compute")));
        Some(GroupEntry {
            arm: arm.to_owned(),
            split: split.to_owned(),
            pass_at_1: level.value,
            ci95: level.ci95,
            against,
            compute: self.spent(arm).map_or(0.0, |spent| spent.0),
        })
    }
}
