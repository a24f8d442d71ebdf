//! Experiments that come with FALCON.

/// An experiment's file.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What it is called on the command line.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All of them.
pub const PRESETS: [Preset; 7] = [
    Preset {
        name: "smoke",
        text: include_str!("../presets/smoke.toml"),
    },
    Preset {
        name: "paper",
        text: include_str!("../presets/paper.toml"),
    },
    Preset {
        name: "scaling",
        text: include_str!("../presets/scaling.toml"),
    },
    Preset {
        name: "balance",
        text: include_str!("../presets/balance.toml"),
    },
    Preset {
        name: "feedback",
        text: include_str!("../presets/feedback.toml"),
    },
    Preset {
        name: "objectives",
        text: include_str!("../presets/objectives.toml"),
    },
    Preset {
        name: "inner",
        text: include_str!("../presets/inner.toml"),
    },
];

impl Preset {
    /// The preset of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }
}
