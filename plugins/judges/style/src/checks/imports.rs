//! Where imports stand.

use python_source::{
    Source,
    ast::{Stmt, visitor::Visitor},
    walk_stmt,
};

use crate::finding::Findings;

/// E401, E402.
pub(super) fn check(source: &Source<'_>, found: &mut Findings) {
    let mut code = false;
    for stmt in source.body() {
        let import = matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_));
        if import && code {
            found.add("E402", stmt, "an import below other code");
        }
        code |= !import && !may_precede(stmt);
    }
    let mut several = Several { found };
    several.visit_body(source.body());
}

/// What may stand above imports: texts, `__all__ = …`, and branches that only import.
fn may_precede(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(only) => only.value.is_string_literal_expr(),
        Stmt::Assign(assign) => assign.targets.iter().all(|target| {
            target
                .as_name_expr()
                .is_some_and(|name| name.id.starts_with("__") && name.id.ends_with("__"))
        }),
        Stmt::Try(_) | Stmt::If(_) | Stmt::With(_) => true,
        _ => false,
    }
}

struct Several<'f> {
    found: &'f mut Findings,
}

impl<'a> Visitor<'a> for Several<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Import(import) = stmt
            && import.names.len() > 1
        {
            self.found.add("E401", stmt, "one import a line");
        }
        walk_stmt(self, stmt);
    }
}
