//! Imports, annotations, and what was never used.

use python_source::ast::{Expr, Stmt, StmtImport, StmtImportFrom};

use super::{
    scope::{Kind, Of},
    visit::Names,
};

impl<'a> Names<'a, '_> {
    pub(super) fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            let whole = alias.name.as_str();
            let name = match &alias.asname {
                Some(name) => name.as_str(),
                None => whole.split('.').next().unwrap_or(whole),
            };
            // `import a.b` below `import a.c` brings no new name.
            let bound = self.scopes[self.here].bindings.get(name);
            let same = alias.asname.is_none()
                && whole.contains('.')
                && bound.is_some_and(|bound| bound.kind == Kind::Import);
            if !same {
                self.bind_shown(name, alias, Kind::Import, Some(whole.to_owned()));
            }
        }
    }

    pub(super) fn import_from(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |name| name.as_str());
        for alias in &import.names {
            let name = alias.name.as_str();
            if name == "*" {
                self.any_name = true;
                let message = format!("`from {module} import *` hides where names come from");
                self.found.add("F403", alias, message);
                continue;
            }
            let bound = alias.asname.as_ref().map_or(name, |name| name.as_str());
            self.bind_shown(bound, alias, Kind::Import, Some(format!("{module}.{name}")));
            if module == "__future__" {
                self.mark(bound);
            }
        }
    }

    /// Marks the module's binding of a name as used. False where it has none.
    pub(super) fn mark_global(&mut self, name: &str) -> bool {
        let binding = self.scopes[0].bindings.get_mut(name);
        binding.is_some_and(|binding| {
            binding.used = true;
            true
        })
    }

    /// An annotation may be a text, whose names are used all the same.
    pub(super) fn annotation(&mut self, expr: &'a Expr) {
        let Expr::StringLiteral(text) = expr else {
            return match expr {
                Expr::Subscript(subscript) => {
                    self.annotation(&subscript.value);
                    self.annotation(&subscript.slice);
                }
                Expr::Tuple(tuple) => tuple.elts.iter().for_each(|each| self.annotation(each)),
                Expr::BinOp(_) => walk_annotated(self, expr),
                _ => python_source::ast::visitor::Visitor::visit_expr(self, expr),
            };
        };
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        for word in text.value.to_str().split(|c| !letter(c)) {
            self.mark(word);
        }
    }

    /// Names in `__all__` are used by whoever imports the module.
    pub(super) fn exported(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            let Stmt::Assign(assign) = stmt else {
                continue;
            };
            let [Expr::Name(target)] = &assign.targets[..] else {
                continue;
            };
            let names = match &*assign.value {
                Expr::List(list) if target.id == "__all__" => &list.elts,
                Expr::Tuple(tuple) if target.id == "__all__" => &tuple.elts,
                _ => continue,
            };
            for name in names {
                if let Expr::StringLiteral(name) = name {
                    self.mark(name.value.to_str());
                }
            }
        }
    }

    /// F401, F841, ARG001: what was never used.
    pub(super) fn report(&mut self) {
        for scope in &self.scopes {
            for (name, binding) in scope.bindings.iter().filter(|(_, binding)| !binding.used) {
                match binding.kind {
                    Kind::Import => {
                        let shown = binding.shown.as_deref().unwrap_or(name);
                        let message = format!("the import `{shown}` is not used");
                        self.found.add("F401", &binding.range, message);
                    }
                    Kind::Assignment
                        if scope.of == Of::Function && !scope.uses_locals && *name != "_" =>
                    {
                        let message = format!("the variable `{name}` is not used");
                        self.found.add("F841", &binding.range, message);
                    }
                    _ => {}
                }
            }
            let unused = scope.parameters.iter().filter(|(name, _)| {
                let binding = scope.bindings.get(name);
                !scope.uses_locals
                    && !name.starts_with('_')
                    && binding.is_some_and(|binding| !binding.used)
            });
            for (name, range) in unused {
                let message = format!("the parameter `{name}` is not used");
                self.found.add("ARG001", range, message);
            }
        }
    }
}

/// The operands of `int | "A"`.
fn walk_annotated<'a>(names: &mut Names<'a, '_>, expr: &'a Expr) {
    if let Expr::BinOp(union) = expr {
        names.annotation(&union.left);
        names.annotation(&union.right);
    }
}
