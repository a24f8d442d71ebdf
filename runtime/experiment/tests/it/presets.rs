use std::{collections::BTreeMap, path::Path};

use falcon_experiment::{ArmKind, PRESETS, Plan, Preset, Recipe, Recipes, RowName};

/// Recipes of any field, so that a preset's own words are all that is looked at.
struct Any;

impl Recipes for Any {
    fn base(&self, _: &str) -> Result<String, String> {
        Ok(String::new())
    }

    fn check(&self, text: &str) -> Result<Recipe, String> {
        Ok(Recipe {
            text: text.to_owned(),
            test_sets: BTreeMap::new(),
            task_files: BTreeMap::new(),
            rows: every_row(),
        })
    }

    fn reward(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn memory_policy(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// Every row that there could be: which of them a recipe has is asked with the real ones, in falcon-train's tests.
fn every_row() -> Vec<RowName> {
    let splits = ["iid", "composition", "alias", "ambiguous"];
    let memories = [
        "none",
        "ltm",
        "ltm-random",
        "ltm-oracle",
        "stm",
        "stm-shuffled",
        "resample",
        "best-of-n",
        "inner",
        "inner-frozen",
        "inner-other",
        "inner-support",
        "inner-both",
    ];
    let mut rows = Vec::new();
    for split in splits {
        for when in ["before", "after", "continued"] {
            rows.extend(memories.map(|memory| RowName {
                split: split.to_owned(),
                when: when.to_owned(),
                memory: memory.to_owned(),
                tasks: 1000,
            }));
        }
    }
    rows
}

#[test]
fn presets_ask_only_for_arms_that_they_have() {
    for one in PRESETS {
        let plan = Plan::parse(one.text, Path::new(one.name), &Any).expect(one.name);
        assert_eq!(plan.name, one.name);
        assert!(
            plan.seeds.len() >= 2 && !plan.contrasts.is_empty(),
            "{}",
            one.name
        );
        let runs = plan.arms.iter().filter_map(|arm| match &arm.kind {
            ArmKind::Run(setting) => Some(setting),
            ArmKind::Row { .. } => None,
        });
        for setting in runs {
            // The warm start is measured once, and not by every arm.
            assert!(setting.config.contains("before = false"), "{}", one.name);
        }
    }
    assert!(Preset::named("papper").is_none());
}

#[test]
fn the_paper_has_every_arm_and_control() {
    let paper = Preset::named("paper").expect("a preset");
    let plan = Plan::parse(paper.text, Path::new("paper"), &Any).expect("paper");
    assert!(plan.seeds.len() >= 5);
    for arm in [
        "a0", "a1", "a2", "a3", "a4", "a5", "c1", "c2", "c3", "c4", "c5", "c6", "r1", "r2", "r3",
    ] {
        assert!(plan.arm(arm).is_some(), "{arm}");
    }
}
