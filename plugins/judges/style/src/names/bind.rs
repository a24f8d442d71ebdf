//! Binding and using names.

use python_source::{Ranged, TextRange};

use super::{
    builtins::{is_builtin, is_given},
    scope::{Binding, Kind, Of, exclude},
    visit::Names,
};

impl<'a> Names<'a, '_> {
    /// Binds a name in the scope at hand.
    pub(super) fn bind(&mut self, name: &'a str, at: &impl Ranged, kind: Kind) {
        self.bind_shown(name, at, kind, None);
    }

    /// Binds a name that findings call otherwise.
    pub(super) fn bind_shown(
        &mut self,
        name: &'a str,
        at: &impl Ranged,
        kind: Kind,
        shown: Option<String>,
    ) {
        self.hides(name, at.range(), kind);
        let scope = match kind {
            // `:=` in a comprehension binds around it, but only targets of its own reach here.
            _ if self.scopes[self.here].elsewhere.contains(name) => 0,
            _ => self.here,
        };
        let from_elsewhere = scope != self.here;
        let before = self.scopes[scope].bindings.get(name).cloned();
        let used = from_elsewhere || before.as_ref().is_some_and(|before| before.used);
        if let Some(before) = before.filter(|_| !from_elsewhere) {
            self.redefined(name, &before, at.range(), kind);
        }
        let binding = Binding {
            kind,
            range: at.range(),
            used,
            forks: self.forks.clone(),
            shown,
        };
        self.scopes[scope].bindings.insert(name, binding);
    }

    /// F811, F402: what was never used is bound anew.
    fn redefined(&mut self, name: &str, before: &Binding, at: TextRange, kind: Kind) {
        let defined = matches!(before.kind, Kind::Import | Kind::Definition);
        let defines = matches!(kind, Kind::Import | Kind::Definition);
        let unused = !before.used && !exclude(&before.forks, &self.forks);
        let assigned_before = before.kind == Kind::Assignment && defines;
        if !unused || name == "_" || kind == Kind::Annotation || !(defined || assigned_before) {
            return;
        }
        let line = self.source.line(&before.range);
        if before.kind == Kind::Import && kind == Kind::Other && self.in_loop_target {
            let message = format!("the loop hides the import `{name}` of line {line}");
            self.found.add("F402", &at, message);
        } else {
            let message = format!("`{name}` of line {line} is defined anew and was never used");
            self.found.add("F811", &at, message);
        }
    }

    /// A001, A002: a builtin is not in reach any more.
    fn hides(&mut self, name: &'a str, at: TextRange, kind: Kind) {
        let scope = &mut self.scopes[self.here];
        if scope.of == Of::Class || !is_builtin(name) || !scope.hidden.insert(name) {
            return;
        }
        match kind {
            Kind::Parameter => {
                let message = format!("the parameter `{name}` hides a builtin");
                self.found.add("A002", &at, message);
            }
            Kind::Import | Kind::Annotation => {}
            _ => {
                let message = format!("`{name}` hides a builtin");
                self.found.add("A001", &at, message);
            }
        }
    }

    /// Uses a name: marks its binding in the nearest scope that has one.
    pub(super) fn load(&mut self, name: &'a str, at: &impl Ranged) {
        if !self.mark(name) && !is_given(name) && !self.any_name && !self.is_class_name(name) {
            let message = format!("the name `{name}` is not defined");
            self.found.add("F821", at, message);
        }
    }

    /// Marks a name as used. False where no scope in reach has it.
    pub(super) fn mark(&mut self, name: &str) -> bool {
        let mut at = Some(self.here);
        // From inside a class's function its names are out of reach; from a comprehension in it they are not.
        let mut through_function = false;
        while let Some(scope) = at {
            let this = &mut self.scopes[scope];
            let reached = this.of != Of::Class || !through_function;
            if reached && let Some(binding) = this.bindings.get_mut(name) {
                let names_value = binding.kind != Kind::Annotation;
                binding.used = true;
                if names_value {
                    return true;
                }
            }
            through_function |= this.of == Of::Function;
            at = this.parent;
        }
        false
    }

    /// Names that every class body and every method has.
    fn is_class_name(&self, name: &str) -> bool {
        matches!(name, "__module__" | "__qualname__" | "__class__")
    }
}
