//! Cognitive complexity (G. Ann Campbell, "Cognitive Complexity: a new way of measuring understandability",
//! SonarSource, version 1.7) of Python.
//!
//! - One, and one more for each level around it: `if`, the conditional expression, `for`, `while`, `except`,
//!   `match`.
//! - One: `elif`, `else` (also of loops and `try`), each run of like operators `and` / `or` in the order of the text
//!   (`a and (b or c) and d` has three), and a function that calls itself.
//! - One level: the body of each of the former, and a function or lambda inside a function. A function that does
//!   nothing but define one and return that (a decorator, or what makes one) adds no level.
//!
//! Comprehensions, `with` and `assert` cost nothing.

use python_source::{
    ast::{
        BoolOp, ElifElseClause, ExceptHandler, Expr, ExprBoolOp, Stmt, StmtFunctionDef,
        visitor::Visitor,
    },
    walk_expr, walk_stmt,
};

/// The cognitive complexity of a function, those inside it included.
pub(crate) fn of_function(def: &StmtFunctionDef) -> u32 {
    let mut count = Count {
        name: Some(&def.name),
        ..Count::default()
    };
    count.decorates = is_decorator(&def.body);
    count.visit_body(&def.body);
    count.sum + u32::from(count.recurs)
}

/// The cognitive complexity of what stands outside of all functions and classes.
pub(crate) fn of_module(body: &[Stmt]) -> u32 {
    let mut count = Count::default();
    let outside = |stmt: &&Stmt| !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
    body.iter()
        .filter(outside)
        .for_each(|stmt| count.visit_stmt(stmt));
    count.sum
}

/// Whether a body defines a function, returns it, and does nothing else but say so in a text.
fn is_decorator(body: &[Stmt]) -> bool {
    let ([Stmt::FunctionDef(inner), Stmt::Return(last)]
    | [Stmt::Expr(_), Stmt::FunctionDef(inner), Stmt::Return(last)]) = body
    else {
        return false;
    };
    matches!(last.value.as_deref(), Some(Expr::Name(name)) if name.id == inner.name.id)
}

#[derive(Default)]
struct Count<'a> {
    name: Option<&'a str>,
    /// Whether the function at hand is a decorator, whose one function is on its own level.
    decorates: bool,
    sum: u32,
    level: u32,
    recurs: bool,
}

impl<'a> Count<'a> {
    fn structure(&mut self) {
        self.sum += 1 + self.level;
    }

    fn deeper(&mut self, visit: impl FnOnce(&mut Self)) {
        self.level += 1;
        visit(self);
        self.level -= 1;
    }

    fn otherwise(&mut self, body: &'a [Stmt]) {
        if !body.is_empty() {
            self.sum += 1;
            self.deeper(|inner| inner.visit_body(body));
        }
    }

    /// Counts the runs of like operators of an `and` / `or` and of its operands. `before` is the operator before it.
    fn runs(&mut self, operation: &'a ExprBoolOp, before: &mut Option<BoolOp>) {
        for (at, value) in operation.values.iter().enumerate() {
            if at > 0 {
                self.sum += u32::from(*before != Some(operation.op));
                *before = Some(operation.op);
            }
            match value {
                Expr::BoolOp(operand) => self.runs(operand, before),
                other => self.visit_expr(other),
            }
        }
    }
}

impl<'a> Visitor<'a> for Count<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::If(branch) => {
                self.structure();
                self.visit_expr(&branch.test);
                self.deeper(|inner| inner.visit_body(&branch.body));
                for clause in &branch.elif_else_clauses {
                    self.visit_elif_else_clause(clause);
                }
            }
            Stmt::For(each) => {
                self.structure();
                self.visit_expr(&each.iter);
                self.deeper(|inner| inner.visit_body(&each.body));
                self.otherwise(&each.orelse);
            }
            Stmt::While(each) => {
                self.structure();
                self.visit_expr(&each.test);
                self.deeper(|inner| inner.visit_body(&each.body));
                self.otherwise(&each.orelse);
            }
            Stmt::Try(attempt) => {
                self.visit_body(&attempt.body);
                for handler in &attempt.handlers {
                    self.visit_except_handler(handler);
                }
                self.otherwise(&attempt.orelse);
                self.visit_body(&attempt.finalbody);
            }
            Stmt::Match(_) => {
                self.structure();
                self.deeper(|inner| walk_stmt(inner, stmt));
            }
            Stmt::FunctionDef(def) => {
                let level = self.level;
                self.level += u32::from(!self.decorates);
                self.decorates = is_decorator(&def.body);
                self.visit_body(&def.body);
                self.level = level;
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_elif_else_clause(&mut self, clause: &'a ElifElseClause) {
        self.sum += 1;
        if let Some(test) = &clause.test {
            self.visit_expr(test);
        }
        self.deeper(|inner| inner.visit_body(&clause.body));
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        self.structure();
        if let Some(class) = &handler.type_ {
            self.visit_expr(class);
        }
        self.deeper(|inner| inner.visit_body(&handler.body));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::BoolOp(operation) => self.runs(operation, &mut None),
            Expr::If(choice) => {
                self.structure();
                self.visit_expr(&choice.test);
                self.deeper(|inner| {
                    inner.visit_expr(&choice.body);
                    inner.visit_expr(&choice.orelse);
                });
            }
            Expr::Lambda(_) => self.deeper(|inner| walk_expr(inner, expr)),
            Expr::Call(call) => {
                if let Expr::Name(called) = &*call.func {
                    self.recurs |= self.name == Some(called.id.as_str());
                }
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use python_source::Source;

    fn counted(program: &str) -> u32 {
        let source = Source::read(program).ok().unwrap();
        match source.body() {
            [Stmt::FunctionDef(def)] => of_function(def),
            body => of_module(body),
        }
    }

    /// Each sum is worked out by hand from the paper's rules.
    #[test]
    fn counts() {
        for (program, wanted) in [
            ("def f(x):\n    return x\n", 0),
            // The paper's sumOfPrimes: 1 + 2 + 3, without the label.
            (
                "def f(m):\n    t = 0\n    for i in range(m):\n        for j in range(2, i):\n            if i % j == 0:\n                break\n        t += i\n    return t\n",
                6,
            ),
            // The paper's getWords.
            (
                "def f(n):\n    match n:\n        case 1:\n            return 'one'\n        case 2:\n            return 'two'\n        case _:\n            return 'lots'\n",
                1,
            ),
            (
                "def f(a):\n    if a:\n        pass\n    elif b:\n        pass\n    else:\n        pass\n",
                3,
            ),
            // One run of `and`, one of `or`, and the `if`.
            ("def f(a):\n    if a and b and c or d:\n        pass\n", 3),
            ("def f(a):\n    if a and not (b and c):\n        pass\n", 3),
            // The paper's two conditions.
            ("def f(a):\n    return a and b and c or d or e and f\n", 3),
            ("def f(a):\n    return a and not (b and c)\n", 2),
            ("def f(a):\n    return a or b and c or d\n", 3),
            ("def f(a):\n    return a and (b or c) and d\n", 3),
            ("def f(a):\n    return a and (b and c)\n", 1),
            ("def f(a):\n    return g(a and b, c and d)\n", 2),
            ("def f(n):\n    return n * f(n - 1) if n else 1\n", 2),
            (
                "def f(a):\n    if a:\n        pass\n    elif 1 if a else 2:\n        pass\n",
                3,
            ),
            (
                "def f(a):\n    try:\n        if a:\n            pass\n    except (A, B):\n        if a:\n            pass\n    finally:\n        pass\n",
                4,
            ),
            (
                "def f(a):\n    def g():\n        if a:\n            pass\n    g()\n",
                2,
            ),
            (
                "def f(a):\n    def g():\n        if a:\n            pass\n    return g\n",
                1,
            ),
            // The paper's decorator_generator.
            (
                "def f(a):\n    def g(b):\n        def h(c):\n            if c:\n                print(a)\n            return b(c)\n        return h\n    return g\n",
                1,
            ),
            (
                "def f(a):\n    def g(b):\n        x = 1\n        def h(c):\n            if c:\n                print(a)\n            return b(c)\n        return h\n    return g\n",
                2,
            ),
            (
                "def f(a):\n    def g(b):\n        return 1 if b else 2\n    return [g(b) for b in a]\n",
                2,
            ),
            ("def f(a):\n    return [x for x in a if x]\n", 0),
            (
                "def f(a):\n    return sorted(a, key=lambda x: 1 if x else 2)\n",
                2,
            ),
            ("if a:\n    while b:\n        pass\nelse:\n    pass\n", 4),
        ] {
            assert_eq!(counted(program), wanted, "{program}");
        }
    }
}
