//! A component that is written item by item.

use wasm_encoder::{
    CanonicalFunctionSection, Component, ComponentAliasSection, ComponentSection, InstanceSection,
};

/// A component in the making. Items of one kind that follow each other are one section.
#[derive(Default)]
pub(super) struct Writer {
    out: Component,
    /// At most one of these is not empty.
    aliases: ComponentAliasSection,
    canons: CanonicalFunctionSection,
    instances: InstanceSection,
}

impl Writer {
    /// Where an alias is added.
    pub(super) fn aliases(&mut self) -> &mut ComponentAliasSection {
        if self.aliases.is_empty() {
            self.end();
        }
        &mut self.aliases
    }

    /// Where a function between the levels is added.
    pub(super) fn canons(&mut self) -> &mut CanonicalFunctionSection {
        if self.canons.is_empty() {
            self.end();
        }
        &mut self.canons
    }

    /// Where a core instance is added.
    pub(super) fn instances(&mut self) -> &mut InstanceSection {
        if self.instances.is_empty() {
            self.end();
        }
        &mut self.instances
    }

    /// Adds a whole section.
    pub(super) fn section(&mut self, section: &impl ComponentSection) {
        self.end();
        self.out.section(section);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end();
        self.out.finish()
    }

    fn end(&mut self) {
        if !self.aliases.is_empty() {
            self.out.section(&std::mem::take(&mut self.aliases));
        }
        if !self.canons.is_empty() {
            self.out.section(&std::mem::take(&mut self.canons));
        }
        if !self.instances.is_empty() {
            self.out.section(&std::mem::take(&mut self.instances));
        }
    }
}
