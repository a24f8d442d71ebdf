//! Patterns of `match`, and parameters of types.

use ruff_python_ast::{Pattern, Singleton, TypeParam, TypeParams};

use super::walk::Walk;

impl<'a> Walk<'a> {
    fn patterns(&mut self, patterns: &'a [Pattern]) {
        self.sign("[");
        for pattern in patterns {
            self.pattern(pattern);
        }
        self.sign("]");
    }

    pub(super) fn pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::MatchValue(it) => {
                self.sign("equal to");
                self.expr(&it.value);
            }
            Pattern::MatchSingleton(it) => self.sign(match it.value {
                Singleton::None => "None",
                Singleton::True => "True",
                Singleton::False => "False",
            }),
            Pattern::MatchSequence(it) => {
                self.sign("sequence");
                self.patterns(&it.patterns);
            }
            Pattern::MatchMapping(it) => {
                self.sign("mapping");
                self.exprs(&it.keys);
                self.patterns(&it.patterns);
                self.optional_given(it.rest.as_ref());
            }
            Pattern::MatchClass(it) => {
                self.sign("instance");
                self.expr(&it.cls);
                self.patterns(&it.arguments.patterns);
                self.sign("[");
                for keyword in &it.arguments.keywords {
                    self.word(&keyword.attr);
                    self.pattern(&keyword.pattern);
                }
                self.sign("]");
            }
            Pattern::MatchStar(it) => {
                self.sign("*");
                self.optional_given(it.name.as_ref());
            }
            Pattern::MatchAs(it) => {
                self.sign("as");
                match &it.pattern {
                    Some(pattern) => self.pattern(pattern),
                    None => self.none(),
                }
                self.optional_given(it.name.as_ref());
            }
            Pattern::MatchOr(it) => {
                self.sign("|");
                self.patterns(&it.patterns);
            }
        }
    }

    pub(super) fn type_parameters(&mut self, types: Option<&'a TypeParams>) {
        self.sign("[");
        for parameter in types.into_iter().flatten() {
            match parameter {
                TypeParam::TypeVar(it) => {
                    self.sign("type");
                    self.given(&it.name);
                    self.optional(it.bound.as_deref());
                    self.optional(it.default.as_deref());
                }
                TypeParam::TypeVarTuple(it) => {
                    self.sign("*");
                    self.given(&it.name);
                    self.optional(it.default.as_deref());
                }
                TypeParam::ParamSpec(it) => {
                    self.sign("**");
                    self.given(&it.name);
                    self.optional(it.default.as_deref());
                }
            }
        }
        self.sign("]");
    }
}
