//! Track 0.1: converts and forwards.

use wasmtime::component::InstancePre;

use super::{Attempt, Candidate, Context, Decision, Item, Occupancy, Query, Ranked, Track};
use crate::{Failure, plugin::Call, services::Guest};
use bindings::{exports::falcon::memory::policy as wit, falcon::types::types::Error};

/// Generated from `wit/memory/v0.1`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/memory/v0.1"],
        world: "falcon:memory/memory-policy",
    });
}

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

/// Calls one function of a fresh instance.
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

    fn compose(
        &self,
        call: Call<'_>,
        asked: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Context, Failure> {
        let short: Vec<_> = short.iter().map(attempt).collect();
        let answer = fresh!(
            self,
            call,
            call_compose,
            &query(asked),
            &candidates(long),
            &short,
            budget
        )?;
        Ok(Context {
            items: answer.items,
            attempts: answer.attempts.into_iter().map(|at| at as usize).collect(),
        })
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
    let one = |near: &Candidate| wit::Candidate {
        item: item(&near.item),
        similarity: near.similarity,
        cosine: near.cosine,
        text: near.text,
    };
    candidates.iter().map(one).collect()
}

fn attempt(attempt: &Attempt) -> wit::Attempt {
    wit::Attempt {
        program: attempt.program.clone(),
        score: attempt.score,
        feedback: attempt.feedback.clone(),
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
