//! The operator's limits. A request counts as the most that it can cost until its answer says what it did, so
//! no limit is ever exceeded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    client::Spent,
    settings::{Limits, Prices},
};

/// Tokens of a question and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) question: u64,
    pub(crate) answer: u64,
}

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    prices: Prices,
    spent: Mutex<Spent>,
}

impl Budget {
    pub(crate) fn new(limits: Limits, prices: Option<Prices>) -> Self {
        let free = Prices {
            question: 0.0,
            answer: 0.0,
        };
        Self {
            limits,
            prices: prices.unwrap_or(free),
            spent: Mutex::default(),
        }
    }

    /// Takes one request and the most that it can cost; the error names the limit.
    pub(crate) fn reserve(&self, most: Tokens) -> Result<(), String> {
        let mut spent = self.lock();
        let with = Spent {
            requests: spent.requests + 1,
            tokens: spent.tokens.saturating_add(total(most)),
            money: spent.money + self.price(most),
        };
        let Limits {
            requests,
            tokens,
            money,
        } = self.limits;
        if let Some(limit) = requests.filter(|limit| with.requests > *limit) {
            return Err(format!("{} of {limit} requests are used", spent.requests));
        }
        if let Some(limit) = tokens.filter(|limit| with.tokens > *limit) {
            return Err(format!(
                "{} of {limit} tokens are used, and this question may take {}",
                spent.tokens,
                total(most)
            ));
        }
        if let Some(limit) = money.filter(|limit| with.money > *limit) {
            return Err(format!(
                "{:.4} of {limit} is spent, and this question may cost {:.4}",
                spent.money,
                self.price(most)
            ));
        }
        *spent = with;
        Ok(())
    }

    /// Counts what a request did take in place of the most that it could have.
    pub(crate) fn settle(&self, most: Tokens, real: Tokens) {
        let mut spent = self.lock();
        spent.tokens = spent
            .tokens
            .saturating_sub(total(most))
            .saturating_add(total(real));
        spent.money = (spent.money - self.price(most) + self.price(real)).max(0.0);
    }

    pub(crate) fn spent(&self) -> Spent {
        *self.lock()
    }

    fn price(&self, tokens: Tokens) -> f64 {
        let cost = |count: u64, million: f64| count as f64 * million / 1e6;
        cost(tokens.question, self.prices.question) + cost(tokens.answer, self.prices.answer)
    }

    fn lock(&self) -> MutexGuard<'_, Spent> {
        // Each change is whole when the lock is let go.
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tokens {
    /// None: a request that the endpoint did not take.
    pub(crate) const NONE: Self = Self {
        question: 0,
        answer: 0,
    };
}

fn total(tokens: Tokens) -> u64 {
    tokens.question.saturating_add(tokens.answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Tokens = Tokens {
        question: 100,
        answer: 50,
    };

    #[test]
    fn no_limit_is_exceeded_and_what_was_not_used_comes_back() {
        let limits = |requests, tokens, money| Limits {
            requests,
            tokens,
            money,
        };
        let prices = Some(Prices {
            question: 1e4,
            answer: 2e4,
        });
        // A question may cost 2, and this one costs 0.2.
        let real = Tokens {
            question: 10,
            answer: 5,
        };
        for (limits, times, words) in [
            (limits(Some(2), None, None), 2, "2 of 2 requests are used"),
            (
                limits(None, Some(180), None),
                3,
                "45 of 180 tokens are used",
            ),
            (limits(None, None, Some(2.5)), 3, "0.6000 of 2.5 is spent"),
        ] {
            let budget = Budget::new(limits, prices);
            for n in 0..times {
                budget
                    .reserve(MOST)
                    .unwrap_or_else(|error| panic!("{n}: {error}"));
                budget.settle(MOST, real);
            }
            let error = budget.reserve(MOST).unwrap_err();
            assert!(error.contains(words), "{error}");
            assert_eq!(budget.spent().requests, times);
        }
        // What is on its way counts in full.
        let budget = Budget::new(limits(None, Some(299), None), None);
        budget.reserve(MOST).unwrap();
        budget.reserve(MOST).unwrap_err();
        budget.settle(MOST, Tokens::NONE);
        budget.reserve(MOST).unwrap();
    }
}
