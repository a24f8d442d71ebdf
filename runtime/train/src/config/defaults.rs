//! The quick recipe. `recipes/quick.toml` says the same; a test holds them together.

use crate::Objective;

use super::{
    Config, EvaluationConfig, InnerConfig, MemoryConfig, ModelConfig, ReplayFrom, RlConfig,
    TaskConfig, Tokenizer, WarmStartConfig,
};

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "quick".into(),
            model: ModelConfig::default(),
            tasks: TaskConfig::default(),
            warm_start: WarmStartConfig::default(),
            rl: RlConfig::default(),
            inner: InnerConfig::default(),
            memory: MemoryConfig::default(),
            evaluation: EvaluationConfig::default(),
            checkpoint_every: 25,
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            width: 64,
            layers: 2,
            heads: 4,
            tokenizer: Tokenizer::Pymini,
            context: falcon_tasks::MAX_CONTEXT,
            answer: falcon_tasks::MAX_BODY,
        }
    }
}

impl Default for TaskConfig {
    fn default() -> Self {
        Self {
            gold: 1000,
            rows: 12_000,
            plain: 0.22,
            alias: 0.38,
            ambiguous: 0.40,
            eight_way: 0.4,
            pool: 4000,
            pool_plain: 0.6,
            pool_alias: 0.2,
            pool_binary: 0.05,
            pool_eight_way: 0.15,
            file: None,
        }
    }
}

impl Default for WarmStartConfig {
    fn default() -> Self {
        Self {
            batch: 32,
            learning_rate: 3e-3,
            warm_up: 50,
            weight_decay: 0.1,
            check_every: 100,
            validation_tasks: 64,
            edge: 0.2,
            long_term_margin: 0.4,
            short_term_margin: 0.6,
            decay: 400,
            steps: 3000,
            tries: 1,
        }
    }
}

impl Default for RlConfig {
    fn default() -> Self {
        Self {
            objective: Objective::Default,
            steps: 250,
            compute: 0,
            updates: 1,
            ahead: 0,
            clip_low: None,
            clip_high: None,
            kl: 0.0,
            check_every: 0,
            patience: 3,
            drawn: 24,
            kept: 16,
            group: 8,
            temperature: 1.0,
            learning_rate: 5e-4,
            warm_up: 5,
            anchor: 0.05,
            anchor_rows: 16,
            replay: 0.5,
            replay_rows: 32,
            replay_tasks: 600,
            replay_per_task: 2,
            replay_success: 0.75,
            replay_from: ReplayFrom::Even,
            replay_ratio: 0.0,
            retries: 4,
        }
    }
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            iid: 250,
            composition: 250,
            alias: 160,
            ambiguous: 80,
            samples: 8,
            temperature: 0.8,
            draws: 2000,
            before: true,
            continued: true,
        }
    }
}
