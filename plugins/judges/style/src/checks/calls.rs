//! Calls that build what a literal or a comprehension says directly.

use python_source::ast::{Comprehension, Expr, ExprCall};

use crate::finding::Findings;

/// C400 to C406, C408 to C411, C413, C414, C416, C417, C419.
pub(super) fn expression(expr: &Expr, found: &mut Findings) {
    match expr {
        Expr::Call(call) => calls(call, found),
        Expr::ListComp(of) if is_copy(&of.elt, &of.generators) => {
            found.add("C416", expr, "`list` of it says the same");
        }
        Expr::SetComp(of) if is_copy(&of.elt, &of.generators) => {
            found.add("C416", expr, "`set` of it says the same");
        }
        _ => {}
    }
}

/// `[x for x in y]`.
fn is_copy(element: &Expr, clauses: &[Comprehension]) -> bool {
    let [clause] = clauses else {
        return false;
    };
    let same = match (element, &clause.target) {
        (Expr::Name(element), Expr::Name(target)) => element.id == target.id,
        _ => false,
    };
    same && clause.ifs.is_empty() && !clause.is_async
}

fn calls(call: &ExprCall, found: &mut Findings) {
    let Expr::Name(name) = &*call.func else {
        return;
    };
    let outer = name.id.as_str();
    let (arguments, named) = (&*call.arguments.args, &*call.arguments.keywords);
    let first = arguments.first();
    match (outer, arguments, named) {
        ("list" | "tuple", [], []) => {
            found.add("C408", call, format!("a literal instead of `{outer}()`"));
        }
        ("dict", [], named) if named.iter().all(|one| one.arg.is_some()) => {
            found.add("C408", call, "a literal instead of `dict(…)`");
        }
        ("list", [Expr::Generator(_)], []) => {
            found.add("C400", call, "a list comprehension says it");
        }
        ("set", [Expr::Generator(_)], []) => found.add("C401", call, "a set comprehension says it"),
        ("dict", [Expr::Generator(of)], []) if is_pair(&of.elt) => {
            found.add("C402", call, "a dict comprehension says it");
        }
        ("set", [Expr::ListComp(_)], []) => found.add("C403", call, "a set comprehension says it"),
        ("dict", [Expr::ListComp(of)], []) if is_pair(&of.elt) => {
            found.add("C404", call, "a dict comprehension says it");
        }
        ("set", [Expr::List(_) | Expr::Tuple(_)], []) => {
            found.add("C405", call, "a set literal says it")
        }
        ("tuple", [Expr::List(_) | Expr::Tuple(_)], []) => {
            found.add("C409", call, "a tuple literal says it");
        }
        ("list", [Expr::List(_) | Expr::Tuple(_)], []) => {
            found.add("C410", call, "a list literal says it");
        }
        ("list", [Expr::ListComp(_)], []) => found.add("C411", call, "it is a list already"),
        ("any" | "all" | "sum" | "min" | "max", [Expr::ListComp(_)], []) => {
            found.add("C419", call, format!("`{outer}` needs no list"));
        }
        ("map", [Expr::Lambda(_), _], []) => {
            found.add(
                "C417",
                call,
                "a comprehension instead of `map` and a lambda",
            );
        }
        _ => {}
    }
    nested(outer, call, first, found);
}

/// A call around a call whose work is undone.
fn nested(outer: &str, call: &ExprCall, first: Option<&Expr>, found: &mut Findings) {
    let Some(Expr::Call(inner)) = first else {
        return;
    };
    let Expr::Name(name) = &*inner.func else {
        return;
    };
    let inner_name = name.id.as_str();
    // A sort by another key keeps the order of the one before it among equals.
    let keyed = !inner.arguments.keywords.is_empty() || !call.arguments.keywords.is_empty();
    match (outer, inner_name) {
        ("list", "sorted") => found.add("C413", call, "`sorted` makes a list already"),
        ("reversed", "sorted") => found.add("C413", call, "`sorted` can reverse by itself"),
        ("list" | "tuple", "list" | "tuple")
        | ("set", "set" | "list" | "tuple" | "reversed")
        | ("sorted", "list" | "tuple" | "reversed")
        | ("set", "sorted") => {
            found.add(
                "C414",
                call,
                format!("`{outer}` does not need `{inner_name}`"),
            );
        }
        ("sorted", "sorted") if !keyed => {
            found.add("C414", call, "sorted twice");
        }
        _ => {}
    }
}

fn is_pair(expr: &Expr) -> bool {
    matches!(expr, Expr::Tuple(tuple) if tuple.elts.len() == 2)
}
