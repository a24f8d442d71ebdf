//! What every track does alike: finds its functions in the component, calls them in a fresh instance, converts.

/// Defines `Linked`, a component of the track, in the track's own module. There stand `judge` and `batch`, generated from
/// its interface, and `episode` and `judgement`, which convert to it and from it.
macro_rules! linked {
    () => {
        use wasmtime::component::InstancePre;

        use super::{
            JudgeInput, Track,
            types::{details, reported},
            with_first, with_uses,
        };
        use crate::{
            plugin::{Call, Failed},
            services::Guest,
        };

        /// A component of this track.
        pub(super) struct Linked {
            pre: InstancePre<Guest>,
            judge: judge::GuestIndices,
            /// Where the component can take many episodes at once.
            batch: Option<batch::GuestIndices>,
        }

        impl Linked {
            pub(super) fn new(pre: &InstancePre<Guest>) -> wasmtime::Result<Self> {
                Ok(Self {
                    judge: judge::GuestIndices::new(pre)?,
                    batch: batch::GuestIndices::new(pre).ok(),
                    pre: pre.clone(),
                })
            }
        }

        impl Track for Linked {
            fn judge(&self, call: Call<'_>, input: JudgeInput<'_>) -> Result<Judgement, Failed> {
                let details = details(input.episode);
                let held = Held::new(input, &details);
                let answered = call.fresh(&self.pre, |store, instance| {
                    let guest = self.judge.load(&mut *store, instance)?;
                    guest.call_judge(store, episode(&held), call.config)
                })?;
                with_uses(
                    answered.answer.map(judgement).map_err(reported),
                    answered.uses,
                )
            }

            fn judge_all(
                &self,
                call: Call<'_>,
                inputs: &[JudgeInput<'_>],
            ) -> Result<Vec<Result<Judgement, Failed>>, Failed> {
                let Some(batch) = &self.batch else {
                    return Ok(inputs
                        .iter()
                        .map(|input| self.judge(call, *input))
                        .collect());
                };
                let details: Vec<_> = inputs.iter().map(|input| details(input.episode)).collect();
                let with_details = inputs.iter().zip(&details);
                let held: Vec<_> = with_details
                    .map(|(input, details)| Held::new(*input, details))
                    .collect();
                let episodes: Vec<_> = held.iter().map(episode).collect();
                let answered = call.fresh(&self.pre, |store, instance| {
                    let guest = batch.load(&mut *store, instance)?;
                    guest.call_judge_all(store, &episodes, call.config)
                })?;
                let answers = answered.answer.into_iter();
                let judged = answers.map(|answer| answer.map(judgement).map_err(reported));
                Ok(with_first(judged.collect(), answered.uses))
            }
        }
    };
}
pub(super) use linked;
