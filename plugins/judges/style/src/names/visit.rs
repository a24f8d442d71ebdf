//! The walk that binds and uses names.

use std::collections::VecDeque;

use python_source::{
    Ranged, Source,
    ast::{
        Comprehension, ExceptHandler, Expr, ExprContext, Parameters, Pattern, Stmt, StmtClassDef,
        StmtFunctionDef, StmtTry, TypeParam, TypeParams,
        visitor::{Visitor, walk_except_handler, walk_match_case, walk_parameter, walk_pattern},
    },
    walk_expr, walk_stmt,
};

use super::scope::{Kind, Of, Scope};
use crate::finding::Findings;

/// The state of the walk.
pub(super) struct Names<'a, 'f> {
    pub(super) source: &'a Source<'a>,
    pub(super) found: &'f mut Findings,
    pub(super) scopes: Vec<Scope<'a>>,
    /// The scope at hand.
    pub(super) here: usize,
    /// The branches around the place at hand.
    pub(super) forks: Vec<(u32, u32)>,
    /// Whether `from … import *` may have brought any name.
    pub(super) any_name: bool,
    pub(super) in_loop_target: bool,
    /// How targets of the assignment at hand are bound.
    target: Kind,
    later: VecDeque<Later<'a>>,
    next_fork: u32,
}

/// The body of a function, for when the module is done.
struct Later<'a> {
    scope: usize,
    body: Body<'a>,
    forks: Vec<(u32, u32)>,
}

enum Body<'a> {
    Function(&'a StmtFunctionDef),
    Lambda(&'a Expr),
}

impl<'a, 'f> Names<'a, 'f> {
    pub(super) fn new(source: &'a Source<'a>, found: &'f mut Findings) -> Self {
        Self {
            source,
            found,
            scopes: vec![Scope::new(Of::Module, None)],
            here: 0,
            forks: Vec::new(),
            any_name: false,
            in_loop_target: false,
            target: Kind::Other,
            later: VecDeque::new(),
            next_fork: 0,
        }
    }

    /// Walks the module, then the bodies of functions, and reports what was never used.
    pub(super) fn module(&mut self, body: &'a [Stmt]) {
        self.visit_body(body);
        while let Some(Later { scope, body, forks }) = self.later.pop_front() {
            (self.here, self.forks) = (scope, forks);
            match body {
                Body::Function(def) => self.visit_body(&def.body),
                Body::Lambda(value) => self.visit_expr(value),
            }
        }
        self.here = 0;
        self.exported(body);
        self.report();
    }

    fn inside(&mut self, of: Of, visit: impl FnOnce(&mut Self)) {
        let outer = self.here;
        self.scopes.push(Scope::new(of, Some(outer)));
        self.here = self.scopes.len() - 1;
        visit(self);
        self.here = outer;
    }

    fn branch(&mut self, fork: u32, branch: u32, visit: impl FnOnce(&mut Self)) {
        self.forks.push((fork, branch));
        visit(self);
        self.forks.pop();
    }

    fn fork(&mut self) -> u32 {
        self.next_fork += 1;
        self.next_fork
    }

    fn bound_as(&mut self, kind: Kind, target: &'a Expr) {
        let outer = std::mem::replace(&mut self.target, kind);
        self.visit_expr(target);
        self.target = outer;
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        for decorator in &def.decorator_list {
            self.visit_decorator(decorator);
        }
        let outer = self.here;
        let of_class = self.scopes[outer].of == Of::Class;
        self.type_scope(def.type_params.as_deref(), |names| {
            names.defaults(&def.parameters);
            if let Some(returns) = &def.returns {
                names.visit_annotation(returns);
            }
            names.inside(Of::Function, |inner| {
                inner.parameters(&def.parameters);
                if !of_class && !is_stub(&def.body) {
                    inner.ask_for_parameters(&def.parameters);
                }
                inner.put_off(Body::Function(def));
            });
        });
        self.here = outer;
        self.bind(&def.name, &def.name, Kind::Definition);
    }

    /// Type parameters have a scope of their own around what they are of.
    fn type_scope(&mut self, of: Option<&'a TypeParams>, visit: impl FnOnce(&mut Self)) {
        match of {
            None => visit(self),
            Some(parameters) => self.inside(Of::Function, |inner| {
                inner.visit_type_params(parameters);
                visit(inner);
            }),
        }
    }

    fn put_off(&mut self, body: Body<'a>) {
        self.later.push_back(Later {
            scope: self.here,
            body,
            forks: self.forks.clone(),
        });
    }

    /// What runs where the function is defined.
    fn defaults(&mut self, parameters: &'a Parameters) {
        for each in parameters.iter_non_variadic_params() {
            if let Some(default) = &each.default {
                self.visit_expr(default);
            }
        }
        for each in parameters.iter() {
            walk_parameter(self, each.as_parameter());
        }
    }

    fn parameters(&mut self, parameters: &'a Parameters) {
        for each in parameters.iter() {
            self.bind(each.name().as_str(), each.as_parameter(), Kind::Parameter);
        }
    }

    fn ask_for_parameters(&mut self, parameters: &'a Parameters) {
        let asked = parameters
            .iter()
            .map(|each| (each.name().as_str(), each.as_parameter().range()));
        self.scopes[self.here].parameters = asked.collect();
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        self.type_scope(class.type_params.as_deref(), |names| {
            if let Some(arguments) = &class.arguments {
                names.visit_arguments(arguments);
            }
            names.inside(Of::Class, |inner| inner.visit_body(&class.body));
        });
        self.bind(&class.name, &class.name, Kind::Definition);
    }

    fn attempt(&mut self, attempt: &'a StmtTry) {
        let fork = self.fork();
        self.branch(fork, 0, |inner| inner.visit_body(&attempt.body));
        for (handler, branch) in attempt.handlers.iter().zip(1..) {
            self.branch(fork, branch, |inner| inner.visit_except_handler(handler));
        }
        self.branch(fork, 0, |inner| inner.visit_body(&attempt.orelse));
        self.visit_body(&attempt.finalbody);
    }

    /// Names that get a value each could be left out; what is unpacked from one value has to be named.
    fn assigned(&mut self, target: &'a Expr, value: &'a Expr) {
        match (target, value) {
            (Expr::Tuple(targets), Expr::Tuple(_) | Expr::List(_)) => {
                for each in &targets.elts {
                    let kind = if each.is_name_expr() {
                        Kind::Assignment
                    } else {
                        Kind::Other
                    };
                    self.bound_as(kind, each);
                }
            }
            (Expr::Name(_), _) => self.bound_as(Kind::Assignment, target),
            _ => self.bound_as(Kind::Other, target),
        }
    }

    /// A comprehension: its first iterable runs outside of its scope.
    fn comprehension(&mut self, clauses: &'a [Comprehension], elements: &[&'a Expr]) {
        if let Some(first) = clauses.first() {
            self.visit_expr(&first.iter);
        }
        self.inside(Of::Comprehension, |inner| {
            for (at, clause) in clauses.iter().enumerate() {
                if at > 0 {
                    inner.visit_expr(&clause.iter);
                }
                inner.bound_as(Kind::Other, &clause.target);
                clause.ifs.iter().for_each(|test| inner.visit_expr(test));
            }
            elements
                .iter()
                .for_each(|element| inner.visit_expr(element));
        });
    }

    /// `:=` binds in the function around the comprehension.
    fn named(&mut self, target: &'a Expr) {
        let outer = self.here;
        while self.scopes[self.here].of == Of::Comprehension {
            self.here = self.scopes[self.here].parent.unwrap_or(0);
        }
        self.bound_as(Kind::Other, target);
        self.here = outer;
    }

    fn name(&mut self, name: &'a python_source::ast::ExprName) {
        match name.ctx {
            ExprContext::Store => self.bind(&name.id, name, self.target),
            ExprContext::Del => {
                if !self.mark(&name.id) {
                    self.load(&name.id, name);
                }
            }
            _ => self.load(&name.id, name),
        }
    }
}

/// A body that is there for its signature only.
fn is_stub(body: &[Stmt]) -> bool {
    body.iter().all(|stmt| match stmt {
        Stmt::Pass(_) | Stmt::Raise(_) => true,
        Stmt::Expr(only) => {
            only.value.is_string_literal_expr() || only.value.is_ellipsis_literal_expr()
        }
        _ => false,
    })
}

impl<'a> Visitor<'a> for Names<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::If(branch) => {
                self.visit_expr(&branch.test);
                let fork = self.fork();
                self.branch(fork, 0, |inner| inner.visit_body(&branch.body));
                for (clause, number) in branch.elif_else_clauses.iter().zip(1..) {
                    self.branch(fork, number, |inner| inner.visit_elif_else_clause(clause));
                }
            }
            Stmt::Match(choice) => {
                self.visit_expr(&choice.subject);
                let fork = self.fork();
                for (case, number) in choice.cases.iter().zip(0..) {
                    self.branch(fork, number, |inner| walk_match_case(inner, case));
                }
            }
            Stmt::For(each) => {
                self.visit_expr(&each.iter);
                self.in_loop_target = true;
                self.bound_as(Kind::Other, &each.target);
                self.in_loop_target = false;
                self.visit_body(&each.body);
                self.visit_body(&each.orelse);
            }
            Stmt::Assign(assign) => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.assigned(target, &assign.value);
                }
            }
            Stmt::AugAssign(change) => {
                if let Expr::Name(name) = &*change.target {
                    self.load(&name.id, name);
                }
                self.visit_expr(&change.value);
                self.bound_as(Kind::Assignment, &change.target);
            }
            Stmt::AnnAssign(assign) => {
                self.visit_annotation(&assign.annotation);
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
                let kind = if assign.value.is_some() {
                    Kind::Assignment
                } else {
                    Kind::Annotation
                };
                self.bound_as(kind, &assign.target);
            }
            Stmt::With(with) => {
                for item in &with.items {
                    self.visit_expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        let kind = if target.is_name_expr() {
                            Kind::Assignment
                        } else {
                            Kind::Other
                        };
                        self.bound_as(kind, target);
                    }
                }
                self.visit_body(&with.body);
            }
            Stmt::TypeAlias(alias) => {
                self.type_scope(alias.type_params.as_deref(), |inner| {
                    inner.visit_expr(&alias.value)
                });
                self.bound_as(Kind::Definition, &alias.name);
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    self.scopes[self.here].elsewhere.insert(name.as_str());
                    if !self.mark_global(name) {
                        self.bind(name, name, Kind::Other);
                    }
                }
            }
            Stmt::Nonlocal(outer) => {
                for name in &outer.names {
                    self.mark(name);
                    self.scopes[self.here].elsewhere.insert(name.as_str());
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, expr: &'a Expr) {
        self.annotation(expr);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(caught) = handler;
        let Some(name) = &caught.name else {
            return walk_except_handler(self, handler);
        };
        // The name is there in the handler only, and what had it before is gone afterwards.
        let before = self.scopes[self.here].bindings.remove(name.as_str());
        if let Some(kind) = &caught.type_ {
            self.visit_expr(kind);
        }
        self.bind(name, name, Kind::Other);
        self.visit_body(&caught.body);
        let bound = self.scopes[self.here].bindings.remove(name.as_str());
        if bound.is_some_and(|bound| !bound.used) {
            let message = format!("the exception `{name}` is not used");
            self.found.add("F841", name, message);
        }
        if let Some(before) = before {
            self.scopes[self.here]
                .bindings
                .insert(name.as_str(), before);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.name(name),
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                self.named(&named.target);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.inside(Of::Function, |inner| {
                    if let Some(parameters) = &lambda.parameters {
                        inner.parameters(parameters);
                    }
                    inner.put_off(Body::Lambda(&lambda.body));
                });
            }
            Expr::ListComp(of) => self.comprehension(&of.generators, &[&of.elt]),
            Expr::SetComp(of) => self.comprehension(&of.generators, &[&of.elt]),
            Expr::Generator(of) => self.comprehension(&of.generators, &[&of.elt]),
            Expr::DictComp(of) => self.comprehension(&of.generators, &[&of.key, &of.value]),
            Expr::Tuple(_) | Expr::List(_) | Expr::Starred(_) => {
                // What is unpacked has to be named.
                let outer = std::mem::replace(&mut self.target, Kind::Other);
                walk_expr(self, expr);
                self.target = outer;
            }
            Expr::Call(call) => {
                if let Expr::Name(called) = &*call.func
                    && called.id == "locals"
                {
                    self.scopes[self.here].uses_locals = true;
                }
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(bound) => bound.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, name, Kind::Other);
        }
        walk_pattern(self, pattern);
    }

    fn visit_type_param(&mut self, parameter: &'a TypeParam) {
        let name = parameter.name();
        self.bind(name, name, Kind::Other);
        python_source::ast::visitor::walk_type_param(self, parameter);
    }
}
