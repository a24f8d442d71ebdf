//! Statements.

use ruff_python_ast::{
    Alias, Decorator, ExceptHandler, Expr, Stmt, StmtClassDef, StmtFor, StmtFunctionDef, StmtIf,
    StmtMatch, StmtTry, StmtWith, TypeParams,
};

use super::{constant::is_idle, walk::Walk};

impl<'a> Walk<'a> {
    /// What does nothing is left out, so a body of that alone is empty: `pass`, `...` and a docstring are one.
    pub(super) fn body(&mut self, body: &'a [Stmt]) {
        self.sign("[");
        for stmt in body {
            self.stmt(stmt);
        }
        self.sign("]");
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(it) => self.function(it),
            Stmt::ClassDef(it) => self.class(it),
            Stmt::Return(it) => {
                self.sign("return");
                let value = it.value.as_deref();
                self.optional(value.filter(|value| !matches!(value, Expr::NoneLiteral(_))));
            }
            Stmt::Delete(it) => {
                self.sign("del");
                self.exprs(&it.targets);
            }
            Stmt::TypeAlias(it) => {
                self.sign("type");
                self.expr(&it.name);
                self.type_parameters(it.type_params.as_deref());
                self.expr(&it.value);
            }
            Stmt::Assign(it) => self.assign(&it.targets, &it.value),
            Stmt::AugAssign(it) => {
                self.sign("in place");
                self.sign(it.op.as_str());
                self.expr(&it.target);
                self.expr(&it.value);
            }
            Stmt::AnnAssign(it) => match &it.value {
                Some(value) => self.assign(std::slice::from_ref(&*it.target), value),
                // It may be a field, of a dataclass say.
                None if self.in_class => {
                    self.sign("field");
                    self.expr(&it.target);
                }
                None => {}
            },
            Stmt::For(it) => self.for_loop(it),
            Stmt::While(it) => {
                self.sign("while");
                self.expr(&it.test);
                self.body(&it.body);
                self.body(&it.orelse);
            }
            Stmt::If(it) => self.branches(it),
            Stmt::With(it) => self.with(it),
            Stmt::Match(it) => self.cases(it),
            Stmt::Raise(it) => {
                self.sign("raise");
                self.optional(it.exc.as_deref());
                self.optional(it.cause.as_deref());
            }
            Stmt::Try(it) => self.attempt(it),
            Stmt::Assert(it) => {
                self.sign("assert");
                self.expr(&it.test);
                self.optional(it.msg.as_deref());
            }
            Stmt::Import(it) => {
                for name in &it.names {
                    self.sign(if it.is_lazy { "lazy import" } else { "import" });
                    self.alias(name);
                }
            }
            Stmt::ImportFrom(it) => {
                for name in &it.names {
                    self.sign(if it.is_lazy { "lazy from" } else { "from" });
                    self.value("level", it.level.to_le_bytes());
                    self.optional_word(it.module.as_ref());
                    self.alias(name);
                }
            }
            Stmt::Global(it) => {
                for name in &it.names {
                    self.sign("global");
                    self.name(name.as_str());
                }
            }
            Stmt::Nonlocal(it) => {
                for name in &it.names {
                    self.sign("nonlocal");
                    self.name(name.as_str());
                }
            }
            Stmt::Expr(it) => {
                if !is_idle(&it.value) {
                    self.sign("expression");
                    self.expr(&it.value);
                }
            }
            Stmt::Pass(_) => {}
            Stmt::Break(_) => self.sign("break"),
            Stmt::Continue(_) => self.sign("continue"),
            Stmt::IpyEscapeCommand(it) => {
                self.value("command", it.kind.to_string());
                self.value("text", &*it.value);
            }
        }
    }

    fn function(&mut self, it: &'a StmtFunctionDef) {
        self.sign(if it.is_async { "async def" } else { "def" });
        self.decorators(&it.decorator_list);
        self.given(&it.name);
        self.unsaid(it.type_params.as_deref());
        self.parameters(Some(&it.parameters));
        let outer = std::mem::replace(&mut self.in_class, false);
        self.body(&it.body);
        self.in_class = outer;
    }

    fn class(&mut self, it: &'a StmtClassDef) {
        self.sign("class");
        self.decorators(&it.decorator_list);
        self.given(&it.name);
        self.unsaid(it.type_params.as_deref());
        self.arguments(it.arguments.as_deref());
        let outer = std::mem::replace(&mut self.in_class, true);
        self.body(&it.body);
        self.in_class = outer;
    }

    fn decorators(&mut self, decorators: &'a [Decorator]) {
        self.sign("[");
        for decorator in decorators {
            self.expr(&decorator.expression);
        }
        self.sign("]");
    }

    /// Types that a function or class takes are for its annotations; should it use their names, it is what gives them.
    fn unsaid(&mut self, types: Option<&'a TypeParams>) {
        for parameter in types.into_iter().flatten() {
            self.gives(parameter.name().as_str());
        }
    }

    fn assign(&mut self, targets: &'a [Expr], value: &'a Expr) {
        self.sign("=");
        self.exprs(targets);
        self.expr(value);
    }

    fn for_loop(&mut self, it: &'a StmtFor) {
        self.sign(if it.is_async { "async for" } else { "for" });
        self.expr(&it.target);
        self.expr(&it.iter);
        self.body(&it.body);
        self.body(&it.orelse);
    }

    /// `elif` is an `if` that is all its `else` has. Chains of them may be long, so nothing recurses.
    fn branches(&mut self, it: &'a StmtIf) {
        self.sign("if");
        self.expr(&it.test);
        self.body(&it.body);
        let (mut open, mut ends) = (0, false);
        for clause in &it.elif_else_clauses {
            match &clause.test {
                Some(test) => {
                    self.sign("[");
                    open += 1;
                    self.sign("if");
                    self.expr(test);
                }
                None => ends = true,
            }
            self.body(&clause.body);
        }
        if !ends {
            self.body(&[]);
        }
        for _ in 0..open {
            self.sign("]");
        }
    }

    fn with(&mut self, it: &'a StmtWith) {
        self.sign(if it.is_async { "async with" } else { "with" });
        self.sign("[");
        for item in &it.items {
            self.expr(&item.context_expr);
            self.optional(item.optional_vars.as_deref());
        }
        self.sign("]");
        self.body(&it.body);
    }

    fn cases(&mut self, it: &'a StmtMatch) {
        self.sign("match");
        self.expr(&it.subject);
        self.sign("[");
        for case in &it.cases {
            self.sign("case");
            self.pattern(&case.pattern);
            self.optional(case.guard.as_deref());
            self.body(&case.body);
        }
        self.sign("]");
    }

    fn attempt(&mut self, it: &'a StmtTry) {
        self.sign(if it.is_star { "try *" } else { "try" });
        self.body(&it.body);
        self.sign("[");
        for handler in &it.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            self.sign("except");
            self.optional(handler.type_.as_deref());
            self.optional_given(handler.name.as_ref());
            self.body(&handler.body);
        }
        self.sign("]");
        self.body(&it.orelse);
        self.body(&it.finalbody);
    }

    /// What is imported has its name from elsewhere; `as` gives one.
    fn alias(&mut self, it: &'a Alias) {
        self.word(&it.name);
        self.optional_given(it.asname.as_ref());
    }
}
