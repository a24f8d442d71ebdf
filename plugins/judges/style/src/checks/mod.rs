//! What the syntax tree shows: mistakes, and what has a simpler form.

mod bugs;
mod calls;
mod compare;
mod flow;
mod imports;
mod loops;

use python_source::{
    Source,
    ast::{Comprehension, Expr, Stmt, visitor::Visitor},
    walk_expr, walk_stmt,
};

use crate::finding::Findings;

/// All rules that look at one statement or expression at a time.
pub(crate) fn check(source: &Source<'_>, found: &mut Findings) {
    imports::check(source, found);
    let mut look = Look {
        source,
        found,
        in_function: false,
    };
    look.visit_body(source.body());
}

struct Look<'a, 'f> {
    source: &'a Source<'a>,
    found: &'f mut Findings,
    in_function: bool,
}

impl<'a> Visitor<'a> for Look<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        bugs::statement(self.source, stmt, self.found);
        flow::statement(stmt, self.in_function, self.found);
        loops::statement(stmt, self.found);
        let outer = self.in_function;
        match stmt {
            Stmt::FunctionDef(_) => self.in_function = true,
            Stmt::ClassDef(_) => self.in_function = false,
            _ => {}
        }
        walk_stmt(self, stmt);
        self.in_function = outer;
    }

    fn visit_body(&mut self, body: &'a [Stmt]) {
        flow::body(body, self.found);
        body.iter().for_each(|stmt| self.visit_stmt(stmt));
    }

    fn visit_comprehension(&mut self, clause: &'a Comprehension) {
        loops::keys(&clause.iter, &clause.target, self.found);
        python_source::ast::visitor::walk_comprehension(self, clause);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        bugs::expression(self.source, expr, self.found);
        compare::expression(self.source, expr, self.found);
        calls::expression(expr, self.found);
        walk_expr(self, expr);
    }
}
