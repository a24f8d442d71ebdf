//! Loops.

use std::collections::BTreeSet;

use python_source::{
    ast::{Expr, Stmt, StmtFor, visitor::Visitor},
    walk_expr,
};

use super::compare::is_call_of_keys;
use crate::finding::Findings;

/// B007, SIM118.
pub(super) fn statement(stmt: &Stmt, found: &mut Findings) {
    let Stmt::For(each) = stmt else {
        return;
    };
    keys(&each.iter, &each.target, found);
    unused(each, found);
}

/// `for x in y.keys()`.
pub(super) fn keys(iter: &Expr, target: &Expr, found: &mut Findings) {
    if is_call_of_keys(iter) && target.is_name_expr() {
        found.add("SIM118", iter, "a dict yields its keys without `.keys()`");
    }
}

/// A loop variable that the loop does not use.
fn unused(each: &StmtFor, found: &mut Findings) {
    let mut targets = Vec::new();
    named(&each.target, &mut targets);
    targets.retain(|name| !name.id.starts_with('_'));
    if targets.is_empty() {
        return;
    }
    let mut used = Used::default();
    used.visit_body(&each.body);
    for name in targets {
        if !used.names.contains(name.id.as_str()) && !used.names.contains("locals") {
            let message = format!("the loop does not use `{}`", name.id);
            found.add("B007", name, message);
        }
    }
}

fn named<'a>(target: &'a Expr, found: &mut Vec<&'a python_source::ast::ExprName>) {
    match target {
        Expr::Name(name) => found.push(name),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|each| named(each, found)),
        Expr::List(list) => list.elts.iter().for_each(|each| named(each, found)),
        Expr::Starred(starred) => named(&starred.value, found),
        _ => {}
    }
}

#[derive(Default)]
struct Used<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> Visitor<'a> for Used<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && !name.ctx.is_store()
        {
            self.names.insert(&name.id);
        }
        walk_expr(self, expr);
    }
}
