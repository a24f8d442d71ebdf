//! What names look like: PEP 8's conventions, and letters that look like digits.

use std::collections::BTreeSet;

use python_source::{
    Ranged, Source,
    ast::{
        ExceptHandler, Expr, ExprContext, Parameter, Stmt,
        visitor::{Visitor, walk_except_handler, walk_parameter},
    },
    walk_expr, walk_stmt,
};

use crate::finding::Findings;

/// N801, N802, N803, N806, E741. Names that the task asks for are left alone.
pub(super) fn check(source: &Source<'_>, given: &dyn Fn(&str) -> bool, found: &mut Findings) {
    let mut look = Look {
        given,
        found,
        functions: 0,
        seen: BTreeSet::new(),
        globals: BTreeSet::new(),
    };
    look.visit_body(source.body());
}

struct Look<'a, 'f> {
    given: &'f dyn Fn(&str) -> bool,
    found: &'f mut Findings,
    /// Functions around the place at hand, classes not counted.
    functions: u32,
    /// Variables of the function at hand that were reported.
    seen: BTreeSet<&'a str>,
    globals: BTreeSet<&'a str>,
}

impl<'a> Look<'a, '_> {
    fn ambiguous(&mut self, name: &str, at: &impl Ranged) {
        if matches!(name, "l" | "O" | "I") {
            self.found
                .add("E741", at, format!("`{name}` looks like a digit"));
        }
    }

    fn lower(&mut self, rule: &'static str, what: &str, name: &str, at: &impl Ranged) {
        if name.chars().any(char::is_uppercase) && !(self.given)(name) {
            let message = format!("{what} `{name}` is not in lower case");
            self.found.add(rule, at, message);
        }
    }

    fn variable(&mut self, name: &'a python_source::ast::ExprName) {
        if self.seen.insert(&name.id) {
            self.ambiguous(&name.id, name);
            if self.functions > 0 && !self.globals.contains(name.id.as_str()) {
                self.lower("N806", "the variable", &name.id, name);
            }
        }
    }
}

impl<'a> Visitor<'a> for Look<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.ambiguous(&def.name, &def.name);
                self.lower("N802", "the function", &def.name, &def.name);
                let seen = std::mem::take(&mut self.seen);
                let globals = std::mem::take(&mut self.globals);
                self.functions += 1;
                walk_stmt(self, stmt);
                self.functions -= 1;
                (self.seen, self.globals) = (seen, globals);
            }
            Stmt::ClassDef(class) => {
                let name = class.name.trim_start_matches('_');
                let capital = name.chars().next().is_none_or(char::is_uppercase);
                if (!capital || name.contains('_')) && !(self.given)(&class.name) {
                    let message = format!("the class `{name}` is not in CapWords");
                    self.found.add("N801", &class.name, message);
                }
                let functions = std::mem::take(&mut self.functions);
                let seen = std::mem::take(&mut self.seen);
                walk_stmt(self, stmt);
                (self.functions, self.seen) = (functions, seen);
            }
            Stmt::Global(global) => self
                .globals
                .extend(global.names.iter().map(|name| name.as_str())),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.ambiguous(&parameter.name, &parameter.name);
        self.lower("N803", "the parameter", &parameter.name, &parameter.name);
        walk_parameter(self, parameter);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(caught) = handler;
        if let Some(name) = &caught.name {
            self.ambiguous(name, name);
        }
        walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.ctx == ExprContext::Store
        {
            self.variable(name);
        }
        walk_expr(self, expr);
    }
}
