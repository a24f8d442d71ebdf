//! How deep control flow is nested.

use python_source::{
    ast::{Stmt, visitor::Visitor},
    walk_stmt,
};

/// The most `if`, `for`, `while`, `try`, `with`, `match` and function definitions around one another in a body;
/// `elif` and `else` stand beside their `if`.
pub(crate) fn of(body: &[Stmt]) -> u32 {
    let mut deepest = Deepest::default();
    deepest.visit_body(body);
    deepest.most
}

/// The same of what stands outside of all functions and classes.
pub(crate) fn of_module(body: &[Stmt]) -> u32 {
    let outside = |stmt: &&Stmt| !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
    let mut deepest = Deepest::default();
    for stmt in body.iter().filter(outside) {
        deepest.visit_stmt(stmt);
    }
    deepest.most
}

#[derive(Default)]
struct Deepest {
    level: u32,
    most: u32,
}

impl<'a> Visitor<'a> for Deepest {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let nests = matches!(
            stmt,
            Stmt::If(_)
                | Stmt::For(_)
                | Stmt::While(_)
                | Stmt::Try(_)
                | Stmt::With(_)
                | Stmt::Match(_)
                | Stmt::FunctionDef(_)
        );
        self.level += u32::from(nests);
        self.most = self.most.max(self.level);
        walk_stmt(self, stmt);
        self.level -= u32::from(nests);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use python_source::Source;

    #[test]
    fn counts() {
        for (program, wanted) in [
            ("x = [y for y in z if y]\n", 0),
            ("if a:\n    pass\nelif b:\n    pass\nelse:\n    pass\n", 1),
            (
                "for a in b:\n    if a:\n        with c:\n            pass\n    while d:\n        pass\n",
                3,
            ),
            (
                "class C:\n    def m(self):\n        try:\n            pass\n        finally:\n            pass\n",
                2,
            ),
        ] {
            let source = Source::read(program).ok().unwrap();
            assert_eq!(of(source.body()), wanted, "{program}");
        }
    }
}
