//! What the values of an Avro file are, one behind the other: its schema (Avro 1.12, "Schema declaration"), as far as it says where strings begin.

use std::collections::HashMap;

use serde_json::Value;

/// One kind of value. Others are named by where they stand in [`Schema::kinds`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many bytes that are no text.
    Skip(u64),
    /// A number of any length, or a symbol's.
    Number,
    /// Bytes, as many as stand before them.
    Text,
    /// So many bytes.
    Fixed(u64),
    /// Any number of values of one kind.
    Items(usize),
    /// The same, each behind a key.
    Entries(usize),
    /// A value of one of these kinds.
    OneOf(Vec<usize>),
    /// One of each.
    Fields(Vec<usize>),
}

/// What a file's records are.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) kinds: Vec<Kind>,
    pub(super) root: usize,
}

impl Schema {
    /// Reads a schema; none if it is broken.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let value = serde_json::from_slice(json).ok()?;
        let mut reading = Reading::default();
        let root = reading.kind(&value, "")?;
        Some(Schema { kinds: reading.kinds, root })
    }
}

#[derive(Default)]
struct Reading {
    kinds: Vec<Kind>,
    /// Those that have a name, by all of it.
    names: HashMap<String, usize>,
}

impl Reading {
    fn add(&mut self, kind: Kind) -> Option<usize> {
        self.kinds.push(kind);
        Some(self.kinds.len() - 1)
    }

    /// The kind that `value` declares or names, within the namespace `space`. Texts in JSON are nested 128 deep at most, and so is this.
    fn kind(&mut self, value: &Value, space: &str) -> Option<usize> {
        match value {
            Value::String(name) => self.named(name, space),
            Value::Array(options) => {
                let options = options.iter().map(|option| self.kind(option, space)).collect::<Option<_>>()?;
                self.add(Kind::OneOf(options))
            }
            Value::Object(_) => self.declared(value, space),
            _ => None,
        }
    }

    fn declared(&mut self, value: &Value, space: &str) -> Option<usize> {
        match value["type"].as_str() {
            Some("record" | "error") => {
                let (kind, space) = self.name(value, space, Kind::Fields(Vec::new()))?;
                let fields = value["fields"].as_array()?.iter();
                let fields = fields.map(|field| self.kind(&field["type"], &space)).collect::<Option<_>>()?;
                self.kinds[kind] = Kind::Fields(fields);
                Some(kind)
            }
            Some("enum") => self.name(value, space, Kind::Number).map(|(kind, _)| kind),
            Some("fixed") => {
                let size = value["size"].as_u64()?;
                self.name(value, space, Kind::Fixed(size)).map(|(kind, _)| kind)
            }
            Some("array") => {
                let item = self.kind(&value["items"], space)?;
                self.add(Kind::Items(item))
            }
            Some("map") => {
                let entry = self.kind(&value["values"], space)?;
                self.add(Kind::Entries(entry))
            }
            _ => self.kind(&value["type"], space),
        }
    }

    /// Gives a kind the name that `value` declares; also gives the namespace of what stands in it.
    fn name(&mut self, value: &Value, space: &str, kind: Kind) -> Option<(usize, String)> {
        let name = value["name"].as_str()?;
        let space = match name.rsplit_once('.') {
            Some((space, _)) => space,
            None => value["namespace"].as_str().unwrap_or(space),
        };
        let kind = self.add(kind)?;
        self.names.insert(full(name, space), kind);
        Some((kind, space.to_owned()))
    }

    fn named(&mut self, name: &str, space: &str) -> Option<usize> {
        let kind = match name {
            "null" => Kind::Skip(0),
            "boolean" => Kind::Skip(1),
            "float" => Kind::Skip(4),
            "double" => Kind::Skip(8),
            "int" | "long" => Kind::Number,
            "bytes" | "string" => Kind::Text,
            _ => return self.names.get(&full(name, space)).or_else(|| self.names.get(name)).copied(),
        };
        self.add(kind)
    }
}

/// A name with its namespace.
fn full(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_namespaces() {
        let json = r#"{"type": "record", "name": "a.b.R", "fields": [
            {"name": "x", "type": {"type": "fixed", "name": "F", "size": 4}},
            {"name": "y", "type": ["null", "F", "a.b.F", {"type": "enum", "name": "E", "namespace": "c", "symbols": []}]},
            {"name": "z", "type": {"type": "map", "values": "R"}},
            {"name": "e", "type": {"type": "array", "items": {"type": "string", "logicalType": "uuid"}}},
            {"name": "f", "type": "c.E"}
        ]}"#;
        let schema = Schema::read(json.as_bytes()).unwrap();
        let expected = [
            Kind::Fields(vec![1, 4, 5, 7, 3]),
            Kind::Fixed(4),
            Kind::Skip(0),
            Kind::Number,
            Kind::OneOf(vec![2, 1, 1, 3]),
            Kind::Entries(0),
            Kind::Text,
            Kind::Items(6),
        ];
        assert_eq!((schema.root, &schema.kinds[..]), (0, &expected[..]));
    }

    #[test]
    fn what_is_no_schema_is_none() {
        for json in
            ["", "{}", "7", r#""R""#, r#"["c.E"]"#, r#"{"type": "record", "name": "R"}"#, r#"{"type": "fixed"}"#]
        {
            assert!(Schema::read(json.as_bytes()).is_none(), "{json}");
        }
        assert!(Schema::read("[".repeat(100_000).as_bytes()).is_none());
    }
}
