//! Puts an author's files into a runner: a core module that keeps room for them.
//!
//! A runner has in its data a mark, behind it the address and size of the room (`u32` each, little-endian) and a
//! number that says how much of it is filled, and one with a bit for each service that is asked for. It imports the host's services for whoever may ask for them.

use std::borrow::Cow;

use wasm_encoder::{
    CodeSection, DataSection, EntityType, Function, FunctionSection, ImportSection, Module,
    reencode::{self, Reencode, utils},
};
use wasmparser::{BinaryReader, DataKind, Import, Operator, Parser, Payload, TypeRef};

use crate::{Capabilities, Capability};

const MARK: &[u8; 16] = b"falcon:js:files\n";

/// The runner with these files inside, without the imports of services that are not asked for: those answer nothing.
///
/// # Errors
/// Where the files are too large, or the module is no runner.
pub(crate) fn fill(
    module: &[u8],
    files: &[u8],
    capabilities: &Capabilities,
) -> Result<Vec<u8>, String> {
    let mut plan = Plan::read(module, capabilities)
        .map_err(|error| format!("the runner is broken: {error}"))?;
    let slot = plan.slot.take().ok_or("the runner has no room for files")?;
    if files.len() > slot.size as usize {
        return Err(format!(
            "its scripts have {} bytes, and at most {} fit: leave out what the judge does not need",
            files.len(),
            slot.size
        ));
    }
    let mut filled = Filled {
        plan,
        slot,
        files,
        services: asked(capabilities),
    };
    let mut out = Module::new();
    utils::parse_core_module(&mut filled, &mut out, Parser::new(0), module)
        .map_err(|error| format!("the runner is broken: {error}"))?;
    Ok(out.finish())
}

/// A bit for each service that is asked for, in the order of [`Capability::ALL`].
fn asked(capabilities: &Capabilities) -> u32 {
    let all = Capability::ALL.into_iter().enumerate();
    all.filter(|(_, one)| capabilities.asks(*one))
        .fold(0, |bits, (at, _)| bits | 1 << at)
}

/// The room for files.
#[derive(Clone, Copy)]
struct Slot {
    /// Where the number stands that says how much is filled.
    filled: u32,
    room: u32,
    size: u32,
}

/// What is known of the module before it is written again.
#[derive(Default)]
struct Plan {
    slot: Option<Slot>,
    /// The index and type of each function that is no longer imported.
    dropped: Vec<(u32, u32)>,
    imported: u32,
    /// How many functions there are, imported or not.
    functions: u32,
    /// How many parameters and results each type has; results are numbers.
    types: Vec<wasmparser::FuncType>,
}

impl Plan {
    fn read(module: &[u8], capabilities: &Capabilities) -> wasmparser::Result<Self> {
        let mut plan = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        plan.types.push(ty?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let TypeRef::Func(ty) = import.ty else {
                            continue;
                        };
                        if is_dropped(&import, capabilities) {
                            plan.dropped.push((plan.imported, ty));
                        }
                        plan.imported += 1;
                    }
                }
                Payload::FunctionSection(functions) => {
                    plan.functions = plan.imported + functions.count();
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment?;
                        plan.slot = plan.slot.or(slot(&segment)?);
                    }
                }
                _ => {}
            }
        }
        Ok(plan)
    }

    /// How many dropped imports come before a function.
    fn before(&self, function: u32) -> u32 {
        let before = self.dropped.iter().filter(|(index, _)| *index < function);
        u32::try_from(before.count()).unwrap_or(u32::MAX)
    }
}

/// Whether the import is of a service that is not asked for, or of WASI, which judges may not import: the runner's own
/// C library asks nothing of it that matters.
fn is_dropped(import: &Import<'_>, capabilities: &Capabilities) -> bool {
    let service = import
        .module
        .strip_prefix("falcon:host/")
        .and_then(|rest| rest.split('@').next())
        .and_then(Capability::named);
    let unasked = service.is_some_and(|service| !capabilities.asks(service));
    unasked || import.module == "wasi_snapshot_preview1"
}

/// The room that a segment of data tells of.
fn slot(segment: &wasmparser::Data<'_>) -> wasmparser::Result<Option<Slot>> {
    let DataKind::Active { offset_expr, .. } = &segment.kind else {
        return Ok(None);
    };
    let Some(Operator::I32Const { value }) = offset_expr
        .get_operators_reader()
        .into_iter()
        .next()
        .transpose()?
    else {
        return Ok(None);
    };
    let found = segment
        .data
        .windows(MARK.len())
        .position(|window| window == MARK);
    let Some(at) = found.map(|at| at + MARK.len()) else {
        return Ok(None);
    };
    let mut numbers = BinaryReader::new(segment.data.get(at..).unwrap_or_default(), 0);
    let (room, size) = (numbers.read_u32()?, numbers.read_u32()?);
    let filled = u32::try_from(at + 8)
        .unwrap_or(u32::MAX)
        .wrapping_add(value.cast_unsigned());
    Ok(Some(Slot { filled, room, size }))
}

/// Writes the module again.
struct Filled<'a> {
    plan: Plan,
    slot: Slot,
    files: &'a [u8],
    services: u32,
}

type Rewritten = std::result::Result<(), reencode::Error>;

impl Reencode for Filled<'_> {
    type Error = std::convert::Infallible;

    /// What is dropped goes to the end, so that it is a function of the module's own.
    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        let at = self
            .plan
            .dropped
            .iter()
            .position(|(index, _)| *index == function);
        let dropped = u32::try_from(self.plan.dropped.len()).unwrap_or(u32::MAX);
        Ok(match at {
            Some(at) => self.plan.functions - dropped + u32::try_from(at).unwrap_or(u32::MAX),
            None => function - self.plan.before(function),
        })
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Rewritten {
        let mut function = 0;
        for import in section.into_imports() {
            let import = import?;
            if let TypeRef::Func(_) = import.ty {
                function += 1;
                if self
                    .plan
                    .dropped
                    .iter()
                    .any(|(index, _)| *index == function - 1)
                {
                    continue;
                }
            }
            let ty: EntityType = self.entity_type(import.ty)?;
            imports.import(import.module, import.name, ty);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_function_section(self, functions, section)?;
        for (_, ty) in &self.plan.dropped {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_code_section(self, code, section)?;
        for (_, ty) in &self.plan.dropped {
            let results = self
                .plan
                .types
                .get(*ty as usize)
                .map_or(&[][..], |ty| ty.results());
            code.function(&nothing(results));
        }
        Ok(())
    }

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: wasmparser::DataSectionReader<'_>,
    ) -> Rewritten {
        utils::parse_data_section(self, data, section)?;
        let at = |address: u32| wasm_encoder::ConstExpr::i32_const(address.cast_signed());
        let size = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let numbers = [size, self.services].map(u32::to_le_bytes).concat();
        data.active(0, &at(self.slot.filled), numbers);
        data.active(0, &at(self.slot.room), self.files.iter().copied());
        Ok(())
    }

    fn data_count(&mut self, count: u32) -> Result<u32, reencode::Error> {
        Ok(count + 2)
    }

    /// Names would have to be counted anew, and what built the runner does not matter.
    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Rewritten {
        if section.name().starts_with("component-type") {
            let kept = wasm_encoder::CustomSection {
                name: Cow::Borrowed(section.name()),
                data: Cow::Borrowed(section.data()),
            };
            module.section(&kept);
        }
        Ok(())
    }
}

/// A function that answers zeros.
fn nothing(results: &[wasmparser::ValType]) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    for result in results {
        match result {
            wasmparser::ValType::I64 => code.i64_const(0),
            wasmparser::ValType::F32 => code.f32_const(0.0.into()),
            wasmparser::ValType::F64 => code.f64_const(0.0.into()),
            _ => code.i32_const(0),
        };
    }
    code.end();
    function
}

#[cfg(test)]
mod tests {
    use wasmparser::Validator;

    use super::*;

    /// Room of 16 bytes at 1024; what is filled is counted at 40.
    const RUNNER: &str = r#"(module
        (import "falcon:host/log@0.1.0" "log" (func $log (param i32)))
        (import "falcon:host/panic@0.1.0" "report" (func $report))
        (import "falcon:host/clock@0.1.0" "now-ms" (func $now (result i64)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "run") (result i64)
            (call $log (call $close (i32.const 1)))
            (call $report)
            (call $now))
        (data (i32.const 16) "falcon:js:files\0a\00\04\00\00\10\00\00\00\00\00\00\00\00\00\00\00"))"#;

    fn runner() -> Vec<u8> {
        wat::parse_str(RUNNER).unwrap()
    }

    /// The interfaces that a module imports.
    fn imports(module: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ImportSection(section) = payload.unwrap() {
                found.extend(
                    section
                        .into_imports()
                        .map(|one| one.unwrap().module.to_owned()),
                );
            }
        }
        found
    }

    #[test]
    fn what_is_not_asked_for_is_taken_out() {
        let (panic, log) = ("falcon:host/panic@0.1.0", "falcon:host/log@0.1.0");
        let asking = Capabilities {
            log: true,
            ..Capabilities::default()
        };
        for (capabilities, expected) in [
            (Capabilities::default(), &[panic][..]),
            (asking, &[log, panic]),
        ] {
            let filled = fill(&runner(), b"files", &capabilities).unwrap();
            Validator::new().validate_all(&filled).unwrap();
            assert_eq!(imports(&filled), expected);
        }
    }

    #[test]
    fn files_and_their_size_are_written_where_the_runner_looks() {
        let asking = Capabilities {
            log: true,
            llm: true,
            ..Capabilities::default()
        };
        let filled = fill(&runner(), b"files", &asking).unwrap();
        let mut segments = Vec::new();
        for payload in Parser::new(0).parse_all(&filled) {
            if let Payload::DataSection(section) = payload.unwrap() {
                segments.extend(section.into_iter().map(|one| one.unwrap().data.to_vec()));
            }
        }
        let numbers = b"\x05\0\0\0\x09\0\0\0".to_vec();
        assert_eq!(segments[1..], [numbers, b"files".to_vec()]);
    }

    #[test]
    fn what_cannot_be_filled_is_told() {
        let none = Capabilities::default();
        let large = fill(&runner(), &[0; 17], &none).unwrap_err();
        assert!(large.contains("17 bytes, and at most 16 fit"), "{large}");
        let other = wat::parse_str("(module)").unwrap();
        assert!(fill(&other, b"", &none).unwrap_err().contains("no room"));
        assert!(fill(b"\0asm", b"", &none).unwrap_err().contains("broken"));
    }
}
