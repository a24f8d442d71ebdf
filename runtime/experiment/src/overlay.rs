//! Tables laid over tables, and the line of the field that does not fit.

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

/// `over` wins; tables are merged, everything else is replaced.
pub(crate) fn merge(base: &Table, over: &Table) -> Table {
    let mut merged = base.clone();
    for (key, value) in over {
        let value = match (merged.get(key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => Value::Table(merge(old, new)),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}

/// A field of a table: the keys that lead to it.
pub(crate) type FieldPath = Vec<String>;

/// The fields of a table that are no tables themselves.
pub(crate) fn fields(table: &Table) -> Vec<FieldPath> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => found.extend(fields(inner).into_iter().map(|mut path| {
                path.insert(0, key.clone());
                path
            })),
            _ => found.push(vec![key.clone()]),
        }
    }
    found
}

/// The table without this field.
pub(crate) fn without(table: &Table, path: &[String]) -> Table {
    let mut rest = table.clone();
    match path {
        [] => {}
        [key] => {
            rest.remove(key);
        }
        [key, inner @ ..] => {
            if let Some(Value::Table(old)) = table.get(key) {
                rest.insert(key.clone(), Value::Table(without(old, inner)));
            }
        }
    }
    rest
}

/// The line, from 1, on which a field of a document stands; that of the last key of `path` that is there.
pub(crate) fn line_of(text: &str, path: &[PathStep<'_>]) -> usize {
    let Ok(document) = DeTable::parse(text) else {
        return 0;
    };
    let mut span = document.span();
    let mut here = DeValue::Table(document.into_inner());
    for step in path {
        let next = match (step, &here) {
            (PathStep::Key(key), DeValue::Table(table)) => {
                let found = table
                    .iter()
                    .find(|(name, _)| name.get_ref().as_ref() == *key);
                found.map(|(name, value)| (name.span(), value.get_ref().clone()))
            }
            (PathStep::At(index), DeValue::Array(array)) => array
                .get(*index)
                .map(|value| (value.span(), value.get_ref().clone())),
            _ => None,
        };
        let Some((place, value)) = next else { break };
        (span, here) = (place, value);
    }
    line_at(text, span.start)
}

/// A step into a document.
pub(crate) enum PathStep<'a> {
    Key(&'a str),
    At(usize),
}

/// The line of a byte, from 1.
pub(crate) fn line_at(text: &str, byte: usize) -> usize {
    let before = &text.as_bytes()[..byte.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn tables_are_merged_and_all_else_is_replaced() {
        let base = table("a = 1\n[t]\nx = 1\ny = [1, 2]\n[t.u]\nz = 1");
        let over = table("[t]\ny = [3]\n[t.u]\nw = 2\n[v]\nq = 1");
        let wanted = table("a = 1\n[t]\nx = 1\ny = [3]\n[t.u]\nz = 1\nw = 2\n[v]\nq = 1");
        assert_eq!(merge(&base, &over), wanted);
        assert_eq!(merge(&base, &Table::new()), base);
        let names: Vec<String> = fields(&over).iter().map(|path| path.join(".")).collect();
        assert_eq!(names, ["t.u.w", "t.y", "v.q"]);
        assert_eq!(
            without(&over, &["t".into(), "u".into(), "w".into()]),
            table("[t]\ny = [3]\n[t.u]\n[v]\nq = 1")
        );
    }

    #[test]
    fn fields_have_lines() {
        let text = "name = 'x'\n\n[[arms]]\nname = 'a'\n\n[[arms]]\nname = 'b'\n[arms.overlay.rl]\nkept = 1\n";
        use PathStep::{At, Key};
        for (path, line) in [
            (vec![Key("name")], 1),
            (vec![Key("arms"), At(1), Key("name")], 7),
            (
                vec![Key("arms"), At(1), Key("overlay"), Key("rl"), Key("kept")],
                9,
            ),
        ] {
            assert_eq!(line_of(text, &path), line);
        }
    }
}
