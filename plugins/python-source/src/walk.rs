//! The walk over a syntax tree that every visitor takes.

use ruff_python_ast::{
    Expr, Stmt,
    visitor::{self, Visitor},
};

/// Visits what a statement is made of, each part once. (The parser's own walk visits the test of an `elif`
/// twice, which is of no account to who looks for something and wrong for who counts.)
pub fn walk_stmt<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, stmt: &'a Stmt) {
    if let Stmt::If(branch) = stmt {
        visitor.visit_expr(&branch.test);
        visitor.visit_body(&branch.body);
        for clause in &branch.elif_else_clauses {
            visitor.visit_elif_else_clause(clause);
        }
    } else {
        visitor::walk_stmt(visitor, stmt);
    }
}

/// Visits what an expression is made of.
pub fn walk_expr<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, expr: &'a Expr) {
    visitor::walk_expr(visitor, expr);
}
