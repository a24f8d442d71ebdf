//! The plugin file: what a component imports and exports, and the manifest in it.

use wasmparser::{
    BinaryReader, ComponentExportSectionReader, ComponentImportSectionReader, Parser, Payload,
};

use crate::{Manifest, ManifestError, manifest::MAX_MANIFEST};

/// Name of the custom section that holds the manifest.
pub const SECTION: &str = "falcon:manifest";

/// Custom sections of this name, and a tool's name behind it, hold core modules that the host runs for the pack.
pub const TOOL: &str = "falcon:tool:";

/// Name of the custom section with the files that the tools find: see [`unpack`].
pub const FILES: &str = "falcon:files";

/// Largest plugin file in bytes.
pub const MAX_BYTES: usize = 256 << 20;

/// Most imports or exports of one component.
const MAX_NAMES: usize = 1000;

/// Why a file is not a plugin.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It is something else.
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(&'static str),
    /// It ends too soon, or its structure is broken.
    #[error("the component is broken or cut short at byte {at} of {length}: {what}")]
    Broken {
        /// Where.
        at: usize,
        /// The file's length.
        length: usize,
        /// What was read there.
        what: String,
    },
    /// It is larger than any plugin.
    #[error("a file of {0} bytes; a plugin has at most {MAX_BYTES}")]
    TooLarge(u64),
    /// It holds no manifest.
    #[error(
        "the component has no manifest (custom section {SECTION}); make plugins with `falcon plugin build`"
    )]
    NoManifest,
    /// It holds more than one.
    #[error("the component has more than one manifest (custom section {SECTION})")]
    ManyManifests,
    /// Its manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// The interfaces a component names, each as `package:name/interface@version`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// What it needs.
    pub imports: Vec<String>,
    /// What it offers.
    pub exports: Vec<String>,
}

const CUSTOM: u8 = 0;
const IMPORT: u8 = 10;
const EXPORT: u8 = 11;

/// A top-level section.
pub(crate) struct Section<'a> {
    pub(crate) id: u8,
    /// Where it begins in the file, header included.
    start: usize,
    /// Where its content begins in the file.
    pub(crate) at: usize,
    pub(crate) content: &'a [u8],
}

/// What a component imports and exports. Reads names only; the engine validates the rest.
///
/// # Errors
/// Where the bytes are not a component, or cut short.
pub fn surface(bytes: &[u8]) -> Result<Surface, ComponentError> {
    let mut surface = Surface::default();
    let broken =
        |error: wasmparser::BinaryReaderError| broken(error.offset(), bytes.len(), error.message());
    for section in sections(bytes)? {
        let reader = BinaryReader::new(section.content, section.at);
        match section.id {
            IMPORT => {
                for import in ComponentImportSectionReader::new(reader).map_err(broken)? {
                    surface
                        .imports
                        .push(import.map_err(broken)?.name.name.to_owned());
                }
            }
            EXPORT => {
                for export in ComponentExportSectionReader::new(reader).map_err(broken)? {
                    surface
                        .exports
                        .push(export.map_err(broken)?.name.name.to_owned());
                }
            }
            _ => {}
        }
        if surface.imports.len() + surface.exports.len() > MAX_NAMES {
            let what = format!("more than {MAX_NAMES} imports and exports");
            return Err(self::broken(section.at, bytes.len(), &what));
        }
    }
    Ok(surface)
}

/// The manifest in a plugin file.
///
/// # Errors
/// Where the bytes are not a component, there is no manifest, or it is wrong.
pub fn manifest_of(bytes: &[u8], file: &str) -> Result<Manifest, ComponentError> {
    let mut found = None;
    for section in sections(bytes)? {
        let Some(text) = manifest_text(&section, bytes.len())? else {
            continue;
        };
        if found.replace(text).is_some() {
            return Err(ComponentError::ManyManifests);
        }
    }
    let text = found.ok_or(ComponentError::NoManifest)?;
    let broken = |what: &str| broken(0, bytes.len(), what);
    if text.len() > MAX_MANIFEST {
        return Err(broken("its manifest is too large"));
    }
    let text = std::str::from_utf8(text).map_err(|_| broken("its manifest is not text"))?;
    Ok(Manifest::parse(
        text,
        &format!("{file} (plugin.toml inside)"),
    )?)
}

/// How many core modules a component has, those of components inside it included. An instance costs the less
/// the fewer they are.
///
/// # Errors
/// Where the bytes are not a component, or cut short.
pub fn core_modules(bytes: &[u8]) -> Result<usize, ComponentError> {
    // Its header and size.
    sections(bytes)?;
    let mut count = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload =
            payload.map_err(|error| broken(error.offset(), bytes.len(), error.message()))?;
        count += usize::from(matches!(payload, Payload::ModuleSection { .. }));
    }
    Ok(count)
}

/// The tools and files that a plugin file carries beside its component: name and content of each section.
///
/// # Errors
/// Where the bytes are not a component, or cut short.
pub fn payload(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, ComponentError> {
    let mut found = Vec::new();
    for section in sections(bytes)? {
        if section.id == CUSTOM {
            let (name, rest) = custom(&section, bytes.len())?;
            if name.starts_with(TOOL) || name == FILES {
                found.push((name, rest));
            }
        }
    }
    Ok(found)
}

/// The files of a [`FILES`] section: for each, the length of its path, the path, the length of its content
/// and the content; lengths are four bytes, little-endian.
///
/// # Errors
/// Where they are cut short.
pub fn unpack(mut bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, ComponentError> {
    let length = bytes.len();
    let cut = |left: &[u8]| broken(length - left.len(), length, "a file is cut short");
    let mut files = Vec::new();
    while !bytes.is_empty() {
        let (path, rest) = sized(bytes).ok_or_else(|| cut(bytes))?;
        let (content, rest) = sized(rest).ok_or_else(|| cut(rest))?;
        let path = std::str::from_utf8(path).map_err(|_| cut(bytes))?;
        files.push((path, content));
        bytes = rest;
    }
    Ok(files)
}

/// A length and so many bytes, and what follows them.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// The component with these sections behind it.
pub(crate) fn with_payload(bytes: &mut Vec<u8>, sections: &[(String, Vec<u8>)]) {
    for (name, data) in sections {
        let section = wasm_encoder::CustomSection {
            name: name.into(),
            data: data.into(),
        };
        wasm_encoder::ComponentSection::append_to_component(&section, bytes);
    }
}

/// The component with this manifest's text in place of any that it holds.
pub(crate) fn with_manifest(bytes: &[u8], text: &str) -> Result<Vec<u8>, ComponentError> {
    let mut out = Vec::with_capacity(bytes.len() + text.len() + 64);
    out.extend_from_slice(&bytes[..bytes.len().min(HEADER.len())]);
    for section in sections(bytes)? {
        if manifest_text(&section, bytes.len())?.is_none() {
            out.extend_from_slice(&bytes[section.start..section.at + section.content.len()]);
        }
    }
    let section = wasm_encoder::CustomSection {
        name: SECTION.into(),
        data: text.as_bytes().into(),
    };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut out);
    Ok(out)
}

/// Whether the bytes begin as a core module does.
pub(crate) fn is_module(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x01\0\0\0")
}

const HEADER: &[u8; 8] = b"\0asm\x0d\0\x01\0";

fn manifest_text<'a>(
    section: &Section<'a>,
    length: usize,
) -> Result<Option<&'a [u8]>, ComponentError> {
    if section.id != CUSTOM {
        return Ok(None);
    }
    let (name, rest) = custom(section, length)?;
    Ok((name == SECTION).then_some(rest))
}

/// Name and content of a custom section.
fn custom<'a>(section: &Section<'a>, length: usize) -> Result<(&'a str, &'a [u8]), ComponentError> {
    let mut reader = BinaryReader::new(section.content, section.at);
    let name = reader
        .read_string()
        .map_err(|error| broken(error.offset(), length, error.message()))?;
    let rest = &section.content[reader.original_position() - section.at..];
    Ok((name, rest))
}

/// The sections of the outermost component, in order.
pub(crate) fn sections(bytes: &[u8]) -> Result<Vec<Section<'_>>, ComponentError> {
    if bytes.len() > MAX_BYTES {
        return Err(ComponentError::TooLarge(bytes.len() as u64));
    }
    if !bytes.starts_with(HEADER) {
        return Err(ComponentError::NotAComponent(what_it_is(bytes)));
    }
    let broken = |at, what: &str| broken(at, bytes.len(), what);
    let mut sections = Vec::new();
    let mut at = HEADER.len();
    while at < bytes.len() {
        let mut reader = BinaryReader::new(&bytes[at..], at);
        let header = reader
            .read_u8()
            .and_then(|id| Ok((id, reader.read_var_u32()?)));
        let (id, size) = header.map_err(|error| broken(at, error.message()))?;
        let content = reader.original_position();
        let end = content
            .checked_add(size as usize)
            .filter(|end| *end <= bytes.len());
        let end = end.ok_or_else(|| broken(at, "a section is longer than the rest of the file"))?;
        sections.push(Section {
            id,
            start: at,
            at: content,
            content: &bytes[content..end],
        });
        at = end;
    }
    Ok(sections)
}

fn broken(at: usize, length: usize, what: &str) -> ComponentError {
    ComponentError::Broken {
        at,
        length,
        what: what.to_owned(),
    }
}

fn what_it_is(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "the file is empty",
        _ if is_module(bytes) => {
            "it is a core module; `falcon plugin build` makes a component of it"
        }
        [0x7f, b'E', b'L', b'F', ..] => {
            "it is native or compiled code, which is never loaded; give the .wasm component"
        }
        _ => "it does not begin with a component's header",
    }
}
