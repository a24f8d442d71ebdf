//! Objects of a guest in Python whose references are not counted.
//!
//! CPython keeps an object's count of references in the object, so a program that only looks at an object of the image writes to its
//! page, and each instance pays for a copy of that page. The count of an *immortal* object (PEP 683) is never written. No Python
//! code can make an object immortal, so a guest lists the objects of its image while it is built, and [`settle`] writes their
//! counts where the image lies in the component.
//!
//! The list lies anywhere in the guest's memory, as words of 32 bits: [`MARK`], the count of an immortal object, how many objects
//! follow, and the address of each, the first of which is `None`'s. A guest without a list stays as it is.

use std::ops::Range;

use wasmparser::{BinaryReaderError, DataKind, Encoding, Operator, Parser, Payload};

/// What a list begins with. Nothing else in the guest's memory may.
const MARK: [u32; 4] = [0x6d6f_7274, 0x6169_6c69, 0x7a65_2121, 0x4641_4c43];

/// From here on CPython takes a count for an immortal object's, where words have 32 bits.
const IMMORTAL: u32 = 1 << 30;

/// No object of an image is referred to as often, so a word beyond it is no count.
const MANY: u32 = 1 << 24;

const WORD: u32 = 4;

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    #[error("{0}")]
    Invalid(#[from] BinaryReaderError),
    #[error("the list of the image's objects stands in it more than once: make it in one piece")]
    Twice,
    #[error("the list of the image's objects ends before its {0} objects do")]
    Short(u32),
    #[error("the list of the image's objects does not begin with an immortal one and its count")]
    First,
    #[error("{address:#x} is listed as an object of the image, but no count is there ({found:#x})")]
    NoObject { address: u32, found: u32 },
}

/// Makes the listed objects immortal, and the list itself zeros.
///
/// # Returns
/// How many counts were written.
///
/// # Errors
/// Where the list is not one, or lists what is no object. The component is then not to be used.
pub(super) fn settle(component: &mut [u8]) -> Result<usize, ListError> {
    let mut list = None;
    for image in images(component)? {
        for segment in &image.0 {
            for address in segment.find(component) {
                if list.replace((image.clone(), address)).is_some() {
                    return Err(ListError::Twice);
                }
            }
        }
    }
    let Some((image, mark)) = list else {
        return Ok(0);
    };
    // Where the words of the list are.
    let place = |index: u32| image.place(mark.wrapping_add(index.wrapping_mul(WORD)));
    let head = MARK.len() as u32;
    let (Some(count), Some(objects)) = (place(head), place(head + 1)) else {
        return Err(ListError::Short(0));
    };
    let (count, objects) = (read(component, count), read(component, objects));
    for index in 0..head + 2 {
        let at = place(index).ok_or(ListError::Short(objects))?;
        write(component, at, 0);
    }
    let mut written = 0;
    for index in 0..objects {
        let entry = place((head + 2).wrapping_add(index)).ok_or(ListError::Short(objects))?;
        let address = read(component, entry);
        write(component, entry, 0);
        // A count that begins or ends with the zeros between two segments stays counted: that is right too, and rare.
        let object = image.place(address).map(|at| (at, read(component, at)));
        if index == 0 && (count < IMMORTAL || object.is_none_or(|(_, found)| found < IMMORTAL)) {
            return Err(ListError::First);
        }
        match object {
            Some((at, 1..MANY)) => {
                write(component, at, count);
                written += 1;
            }
            Some((_, found)) if found < IMMORTAL => {
                return Err(ListError::NoObject { address, found });
            }
            _ => {}
        }
    }
    Ok(written)
}

/// What a core module's memory begins with: its segments, by address.
#[derive(Clone, Default)]
struct Image(Vec<Segment>);

impl Image {
    /// Where in the component the word at an address lies, if it lies in one segment.
    fn place(&self, address: u32) -> Option<usize> {
        let next = self.0.partition_point(|segment| segment.address <= address);
        let segment = &self.0[next.checked_sub(1)?];
        let at = segment.bytes.start + (address - segment.address) as usize;
        (at + WORD as usize <= segment.bytes.end).then_some(at)
    }
}

/// A piece of a memory.
#[derive(Clone)]
struct Segment {
    /// Where in the memory it lies.
    address: u32,
    /// Where in the component.
    bytes: Range<usize>,
}

impl Segment {
    /// The addresses of marks.
    fn find(&self, component: &[u8]) -> impl Iterator<Item = u32> {
        let mark: Vec<u8> = MARK.iter().flat_map(|word| word.to_le_bytes()).collect();
        let windows = component[self.bytes.clone()].windows(mark.len());
        let found = windows
            .enumerate()
            .filter(move |(_, window)| *window == mark.as_slice());
        found.map(|(at, _)| self.address.wrapping_add(at as u32))
    }
}

/// The images of the component's modules, each the first memory's.
fn images(component: &[u8]) -> Result<Vec<Image>, BinaryReaderError> {
    let mut images = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => images.push(Image::default()),
            Payload::DataSection(section) => {
                let image = images.last_mut().map(|Image(segments)| segments);
                let image = image.expect("a section is a module's");
                for data in section {
                    let data = data?;
                    let DataKind::Active {
                        memory_index: 0,
                        offset_expr,
                    } = data.kind
                    else {
                        continue;
                    };
                    if let Operator::I32Const { value } =
                        offset_expr.get_operators_reader().read()?
                    {
                        image.push(Segment {
                            address: value.cast_unsigned(),
                            bytes: data.range.end - data.data.len()..data.range.end,
                        });
                    }
                }
                image.sort_by_key(|segment| segment.address);
            }
            _ => {}
        }
    }
    Ok(images)
}

fn read(component: &[u8], at: usize) -> u32 {
    let bytes = component[at..at + WORD as usize].try_into();
    u32::from_le_bytes(bytes.expect("four bytes"))
}

fn write(component: &mut [u8], at: usize, word: u32) {
    component[at..at + WORD as usize].copy_from_slice(&word.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: u32 = 5 << 28;

    /// A component of one module whose memory begins with these words, each list a segment at its address.
    fn component(segments: &[(u32, &[u32])]) -> Vec<u8> {
        let data: String = segments
            .iter()
            .map(|(address, words)| {
                let bytes = words.iter().flat_map(|word| word.to_le_bytes());
                let bytes: String = bytes.map(|byte| format!("\\{byte:02x}")).collect();
                format!("(data (i32.const {address}) \"{bytes}\")")
            })
            .collect();
        wat::parse_str(format!("(component (core module (memory 1) {data}))")).unwrap()
    }

    fn list(objects: &[u32]) -> Vec<u32> {
        let head = [COUNT, objects.len() as u32];
        MARK.iter().chain(&head).chain(objects).copied().collect()
    }

    #[test]
    fn listed_objects_are_immortal_and_the_list_is_gone() {
        // None, one with a count of 3, one that nobody lists, and one that is immortal already.
        let objects: &[u32] = &[7 << 28, 99, 3, 99, 8, 99, 6 << 28, 99];
        let mut made = component(&[(2000, &list(&[1000, 1008, 1024, 1008])), (1000, objects)]);
        assert_eq!(settle(&mut made).unwrap(), 1);
        let expected: &[u32] = &[7 << 28, 99, COUNT, 99, 8, 99, 6 << 28, 99];
        assert_eq!(made, component(&[(2000, &[0; 10]), (1000, expected)]));
        assert_eq!(settle(&mut made).unwrap(), 0, "there is no list left");
    }

    #[test]
    fn a_count_that_two_segments_share_stays_counted() {
        let mut made = component(&[
            (1000, &[7 << 28]),
            (1006, &[1]),
            (2000, &list(&[1000, 1005])),
        ]);
        assert_eq!(settle(&mut made).unwrap(), 0);
    }

    #[test]
    fn lists_that_are_none_are_refused() {
        let none: &[u32] = &[7 << 28];
        let table: [(&str, &[u32], &[u32], &str); 5] = [
            (
                "mortal",
                &[3],
                &list(&[1000]),
                "does not begin with an immortal one",
            ),
            (
                "nothing there",
                none,
                &list(&[3000]),
                "does not begin with an immortal one",
            ),
            (
                "no count",
                &[7 << 28, 1 << 29],
                &list(&[1000, 1004]),
                "0x3ec is listed",
            ),
            (
                "short",
                none,
                &list(&[1000, 1000])[..7],
                "before its 2 objects do",
            ),
            (
                "twice",
                none,
                &[list(&[1000]), list(&[1000])].concat(),
                "more than once",
            ),
        ];
        for (case, objects, list, expected) in table {
            let error = settle(&mut component(&[(1000, objects), (2000, list)])).unwrap_err();
            assert!(error.to_string().contains(expected), "{case}: {error}");
        }
    }
}
