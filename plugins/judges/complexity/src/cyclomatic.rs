//! Cyclomatic complexity (McCabe 1976), counted as radon counts it.
//!
//! A function has 1, and one more for each
//! - `if`, `elif` and conditional expression,
//! - loop, and its `else`,
//! - comprehension clause, and each of its `if`s,
//! - `except`, and the `else` of its `try`,
//! - `assert`, whose own expression is not looked into,
//! - operand of `and` and `or` after the first,
//! - `case`, but one that matches anything.
//!
//! Functions inside are counted apart; decorators and defaults are not counted.

use python_source::{
    Source,
    ast::{BoolOp, Comprehension, Expr, Pattern, Stmt, StmtFunctionDef, visitor::Visitor},
    walk_expr, walk_stmt,
};

/// Decisions of a module, with its functions.
pub(crate) struct Module<'a> {
    /// Every function, also those in classes and in functions, in the order of the text.
    pub(crate) functions: Vec<Function<'a>>,
    /// Complexity of what stands outside of all functions and classes.
    pub(crate) outside: u32,
    /// Radon's total: functions and classes of the module, each less its first 1. Functions in functions are
    /// not in it.
    pub(crate) total: u32,
}

/// A function and its complexity.
pub(crate) struct Function<'a> {
    /// Its name behind those of the classes and functions around it.
    pub(crate) name: String,
    /// Its definition.
    pub(crate) def: &'a StmtFunctionDef,
    /// Its complexity.
    pub(crate) complexity: u32,
}

/// Counts a program.
pub(crate) fn of<'a>(source: &'a Source<'_>) -> Module<'a> {
    let mut count = Count::default();
    count.visit_body(source.body());
    let functions: u32 = count.direct.iter().map(|one| one - 1).sum();
    let classes: u32 = count.classes.iter().map(|one| one - 1).sum();
    count.all.sort_by_key(|one| one.def.range.start());
    Module {
        outside: 1 + count.own,
        total: 1 + count.own + functions + classes,
        functions: count.all,
    }
}

/// What was counted in one body.
#[derive(Default)]
struct Count<'a> {
    /// The names around it, each with a dot.
    path: String,
    own: u32,
    /// Complexities of the functions directly in it.
    direct: Vec<u32>,
    /// Complexities of the classes directly in it.
    classes: Vec<u32>,
    all: Vec<Function<'a>>,
}

impl<'a> Count<'a> {
    fn inner(&self, name: &str, body: &'a [Stmt]) -> Self {
        let mut inner = Self {
            path: format!("{}{name}.", self.path),
            ..Self::default()
        };
        inner.visit_body(body);
        inner
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        let inner = self.inner(&def.name, &def.body);
        let complexity = 1 + inner.own;
        self.direct.push(complexity);
        self.all.push(Function {
            name: format!("{}{}", self.path, def.name),
            def,
            complexity,
        });
        self.all.extend(inner.all);
    }
}

impl<'a> Visitor<'a> for Count<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => return self.function(def),
            Stmt::ClassDef(class) => {
                let inner = self.inner(&class.name, &class.body);
                let methods: u32 = inner.direct.iter().sum();
                self.classes.push(1 + inner.own + methods);
                self.all.extend(inner.all);
                return;
            }
            Stmt::Assert(_) => {
                self.own += 1;
                return;
            }
            Stmt::If(branch) => {
                let elifs = branch.elif_else_clauses.iter();
                self.own += 1 + elifs.filter(|clause| clause.test.is_some()).count() as u32;
            }
            Stmt::For(each) => self.own += 1 + u32::from(!each.orelse.is_empty()),
            Stmt::While(each) => self.own += 1 + u32::from(!each.orelse.is_empty()),
            Stmt::Try(attempt) => {
                self.own += attempt.handlers.len() as u32 + u32::from(!attempt.orelse.is_empty());
            }
            Stmt::Match(choice) => {
                let open = choice.cases.iter().any(
                    |case| matches!(&case.pattern, Pattern::MatchAs(any) if any.pattern.is_none()),
                );
                self.own += choice.cases.len() as u32 - u32::from(open);
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::If(_) => self.own += 1,
            Expr::BoolOp(operation) => {
                debug_assert!(matches!(operation.op, BoolOp::And | BoolOp::Or));
                self.own += operation.values.len() as u32 - 1;
            }
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_comprehension(&mut self, clause: &'a Comprehension) {
        self.own += 1 + clause.ifs.len() as u32;
        python_source::ast::visitor::walk_comprehension(self, clause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Complexities as radon 6.0.1 gives them, but for the last.
    #[test]
    fn counts() {
        for (program, functions, total) in [
            ("x = 1\n", &[][..], 1),
            ("def f(x):\n    return x\n", &[("f", 1)], 1),
            (
                "def f(x):\n    if x and x or x:\n        pass\n    elif x:\n        pass\n    else:\n        pass\n",
                &[("f", 5)],
                5,
            ),
            (
                "def f(x=1 if y else 2):\n    for a in x:\n        pass\n    else:\n        while a: pass\n    return [b for b in x if b if a] if x else lambda: 1 and 2\n",
                &[("f", 9)],
                9,
            ),
            (
                "class C:\n    y = 1 if x else 2\n    def m(self):\n        assert self or 2\n        def g():\n            return 1 or 2\n        return g\n",
                &[("C.m", 2), ("C.m.g", 2)],
                4,
            ),
            (
                "def f(x):\n    try:\n        pass\n    except A:\n        pass\n    except B:\n        pass\n    else:\n        pass\n    match x:\n        case 1: pass\n        case [2]: pass\n        case _: pass\n",
                &[("f", 6)],
                6,
            ),
        ] {
            let source = Source::read(program).ok().unwrap();
            let module = of(&source);
            let found: Vec<_> = module
                .functions
                .iter()
                .map(|one| (one.name.as_str(), one.complexity))
                .collect();
            assert_eq!(found, functions, "{program}");
            assert_eq!(module.total, total, "{program}");
        }
    }
}
