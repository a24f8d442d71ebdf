//! The flow of control.

use python_source::{
    Ranged,
    ast::{Expr, Stmt, StmtIf},
};

use crate::finding::Findings;

/// SIM102, SIM103, PLR5501, RET505 to RET508.
pub(super) fn statement(stmt: &Stmt, in_function: bool, found: &mut Findings) {
    let Stmt::If(branch) = stmt else {
        return;
    };
    collapsible(branch, found);
    if in_function {
        superfluous_else(branch, found);
    }
    returns_condition(branch, found);
}

/// The last test and the `else` behind it return one truth value each.
fn returns_condition(branch: &StmtIf, found: &mut Findings) {
    let [before @ .., last] = &branch.elif_else_clauses[..] else {
        return;
    };
    let (at, body) = match before.last() {
        Some(clause) => (clause.range(), &clause.body),
        None => (branch.range(), &branch.body),
    };
    if last.test.is_none()
        && let (Some(Expr::BooleanLiteral(yes)), Some(Expr::BooleanLiteral(no))) =
            (returned(body), returned(&last.body))
        && no.value != yes.value
    {
        found.add("SIM103", &at, "return the condition itself");
    }
}

/// SIM103 where the second return follows the `if`; PLW0101: what is never reached.
pub(super) fn body(body: &[Stmt], found: &mut Findings) {
    for pair in body.windows(2) {
        let ends = matches!(
            pair[0],
            Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_)
        );
        if ends {
            found.add("PLW0101", &pair[1], "is never reached");
            return;
        }
        if let (Stmt::If(branch), Stmt::Return(after)) = (&pair[0], &pair[1])
            && branch.elif_else_clauses.is_empty()
            && let (Some(Expr::BooleanLiteral(yes)), Some(Expr::BooleanLiteral(no))) =
                (returned(&branch.body), after.value.as_deref())
            && yes.value != no.value
        {
            found.add("SIM103", branch, "return the condition itself");
        }
    }
}

/// What the only statement of a body returns.
fn returned(body: &[Stmt]) -> Option<&Expr> {
    match body {
        [Stmt::Return(only)] => only.value.as_deref(),
        _ => None,
    }
}

fn collapsible(branch: &StmtIf, found: &mut Findings) {
    if branch.elif_else_clauses.is_empty()
        && let [Stmt::If(inner)] = &branch.body[..]
        && inner.elif_else_clauses.is_empty()
    {
        found.add("SIM102", branch, "one `if` with `and`");
    }
    if let Some(last) = branch.elif_else_clauses.last()
        && last.test.is_none()
        && let [Stmt::If(_)] = &last.body[..]
    {
        found.add("PLR5501", last, "`elif` instead of `else` and `if`");
    }
}

/// An `elif` or `else` behind a branch that never ends there.
fn superfluous_else(branch: &StmtIf, found: &mut Findings) {
    let Some(next) = branch.elif_else_clauses.first() else {
        return;
    };
    let rule = match branch.body.last() {
        Some(Stmt::Return(_)) => "RET505",
        Some(Stmt::Raise(_)) => "RET506",
        Some(Stmt::Continue(_)) => "RET507",
        Some(Stmt::Break(_)) => "RET508",
        _ => return,
    };
    found.add(rule, next, "the branch before it has left already");
}
