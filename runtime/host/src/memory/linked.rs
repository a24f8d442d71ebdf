//! What every track does alike: finds its functions in the component, calls them in a fresh instance, converts.

/// Calls one function of a fresh instance of a component of `Linked`.
macro_rules! fresh {
    ($self:ident, $call:ident, $function:ident, $($argument:expr),*) => {
        $call
            .fresh(&$self.pre, |store, instance| {
                let guest = $self.policy.load(&mut *store, instance)?;
                guest.$function(store, $($argument,)* $call.config)
            })
            .map_err(Failure::from)?
            .answer
            .map_err(reported)
    };
}
pub(super) use fresh;

/// Defines `Linked`, a component of the track, in the track's own module. There stand `wit`, generated from its interface,
/// and `Linked::composed`, which differs between tracks.
macro_rules! linked {
    () => {
        use wasmtime::component::InstancePre;

        use super::{
            Candidate, Context, Decision, Item, Occupancy, Prompt, Query, Ranked, Track,
            linked::fresh,
        };
        use crate::{Failure, plugin::Call, services::Guest};
        use bindings::{exports::falcon::memory::policy as wit, falcon::types::types::Error};

        /// A component of this track.
        pub(super) struct Linked {
            pre: InstancePre<Guest>,
            policy: wit::GuestIndices,
        }

        impl Linked {
            pub(super) fn new(pre: &InstancePre<Guest>) -> wasmtime::Result<Self> {
                Ok(Self {
                    policy: wit::GuestIndices::new(pre)?,
                    pre: pre.clone(),
                })
            }
        }

        impl Track for Linked {
            fn admit(
                &self,
                call: Call<'_>,
                given: &Item,
                neighbours: &[Candidate],
            ) -> Result<Decision, Failure> {
                let answer = fresh!(
                    self,
                    call,
                    call_admit,
                    &item(given),
                    &candidates(neighbours)
                )?;
                Ok(match answer.admission {
                    wit::Admission::Keep => Decision::Keep {
                        reason: answer.reason,
                    },
                    wit::Admission::Replace => Decision::Replace {
                        victim: answer.victim,
                        reason: answer.reason,
                    },
                    wit::Admission::Refuse => Decision::Refuse {
                        reason: answer.reason,
                    },
                })
            }

            fn rank(
                &self,
                call: Call<'_>,
                queries: &[(Query, Vec<Candidate>)],
            ) -> Result<Vec<Vec<Ranked>>, Failure> {
                let retrievals: Vec<_> = queries
                    .iter()
                    .map(|(asked, found)| wit::Retrieval {
                        query: query(asked),
                        candidates: candidates(found),
                    })
                    .collect();
                let answer = fresh!(self, call, call_rank, &retrievals)?;
                let ranked = |ranked: wit::Ranked| Ranked {
                    id: ranked.id,
                    score: ranked.score,
                };
                Ok(answer
                    .into_iter()
                    .map(|list| list.into_iter().map(ranked).collect())
                    .collect())
            }

            fn compose(&self, call: Call<'_>, prompts: &[Prompt]) -> Result<Vec<Context>, Failure> {
                self.composed(call, prompts)
            }

            fn evict(
                &self,
                call: Call<'_>,
                occupancy: Occupancy,
                candidates: &[Item],
            ) -> Result<Vec<String>, Failure> {
                let Occupancy {
                    items,
                    capacity,
                    newest,
                } = occupancy;
                let list: Vec<_> = candidates.iter().map(item).collect();
                fresh!(
                    self,
                    call,
                    call_evict,
                    wit::Statistics {
                        items,
                        capacity,
                        newest
                    },
                    &list
                )
            }

            fn feedback(
                &self,
                call: Call<'_>,
                given: &Item,
                reward: f64,
                group: f64,
            ) -> Result<f64, Failure> {
                fresh!(self, call, call_feedback, &item(given), reward, group)
            }
        }

        fn item(item: &Item) -> wit::Item {
            wit::Item {
                id: item.id.clone(),
                task_id: item.task_id.clone(),
                project: item.project.clone(),
                family: item.family.clone(),
                language: item.language.clone(),
                prompt: item.prompt.clone(),
                program: item.program.clone(),
                score: item.score,
                utility: item.utility,
                uses: item.uses,
                sequence: item.sequence,
                details: item.details.clone(),
            }
        }

        fn candidates(candidates: &[Candidate]) -> Vec<wit::Candidate> {
            candidates.iter().map(candidate).collect()
        }

        fn candidate(near: &Candidate) -> wit::Candidate {
            wit::Candidate {
                item: item(&near.item),
                similarity: near.similarity,
                cosine: near.cosine,
                text: near.text,
            }
        }

        fn query(asked: &Query) -> wit::Query {
            wit::Query {
                task_id: asked.task_id.clone(),
                project: asked.project.clone(),
                family: asked.family.clone(),
                language: asked.language.clone(),
                prompt: asked.prompt.clone(),
                limit: asked.limit,
                newest: asked.newest,
                details: asked.details.clone(),
            }
        }

        fn reported(error: Error) -> Failure {
            Failure::Reported {
                code: error.code,
                message: error.message,
                detail: error.detail,
            }
        }
    };
}
pub(super) use linked;
