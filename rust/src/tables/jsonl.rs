//! JSON lines: one object per line. Strings become text, numbers keep the digits they are written with, true and false
//! are words, null and absent keys are missing; nested values are read only as integer lists. Blank lines are skipped.

use super::cells::{BatchBuilder, Kind};
use super::records::unreadable;
use super::{no_column, open_file, Batches, Request, BATCH_ROWS};
use crate::guard::{Failure, Outcome};
use arrow::record_batch::RecordBatch;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

/// Lines read to list the column names of a file.
const NAME_LINES: usize = 1000;

/// Reads lines and counts them.
struct Lines {
    input: BufReader<File>,
    bytes: Vec<u8>,
    number: u64,
    limit: usize,
}

impl Lines {
    fn open(request: &Request) -> Outcome<Self> {
        let mut input = BufReader::with_capacity(1 << 18, open_file(&request.path)?);
        let head = input.fill_buf().map_err(unreadable)?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(Failure::input("the file is UTF-16; save it as UTF-8").at(1));
        }
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            input.consume(3);
        }
        Ok(Self {
            input,
            bytes: Vec::new(),
            number: 0,
            limit: request.limits.row_bytes,
        })
    }

    /// Read the next line that is not blank; false at the end of the file.
    fn read(&mut self) -> Outcome<bool> {
        loop {
            self.bytes.clear();
            let mut bounded = (&mut self.input).take(self.limit as u64 + 1);
            let size = bounded
                .read_until(b'\n', &mut self.bytes)
                .map_err(unreadable)?;
            if size == 0 {
                return Ok(false);
            }
            self.number += 1;
            if size > self.limit {
                let message = format!("line {} is longer than {} bytes", self.number, self.limit);
                return Err(Failure::limit(message).at(self.number));
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn text(&self) -> Outcome<&str> {
        std::str::from_utf8(&self.bytes).map_err(|_| {
            Failure::input(format!("line {} is not valid UTF-8", self.number)).at(self.number)
        })
    }
}

/// The names seen so far, in the order of their first line.
#[derive(Default)]
struct Names {
    listed: Vec<String>,
    seen: HashSet<String>,
    limit: usize,
}

impl Names {
    fn note(&mut self, name: &str) {
        if self.listed.len() < self.limit && !self.seen.contains(name) {
            self.seen.insert(name.to_string());
            self.listed.push(name.to_string());
        }
    }
}

/// Picks the wanted keys out of one object and leaves their values unparsed.
struct Row<'a, 'de> {
    wanted: &'a HashMap<String, usize>,
    names: &'a mut Names,
    cells: &'a mut Vec<Option<&'de RawValue>>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            self.names.note(&key.0);
            let value = map.next_value::<&'de RawValue>()?;
            if let Some(column) = self.wanted.get(key.0.as_ref()) {
                if self.cells[*column].replace(value).is_some() {
                    return Err(serde::de::Error::custom(format!(
                        "the key '{}' stands twice",
                        key.0
                    )));
                }
            }
        }
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Read one line's cells.
fn read_row<'de>(text: &'de str, number: u64, row: Row<'_, 'de>) -> Outcome<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = row.deserialize(&mut json).and_then(|()| json.end());
    outcome.map_err(|e| {
        let hint = if number == 1 && text.trim_start().starts_with('[') {
            "; the file looks like one JSON array, write one object per line"
        } else {
            ""
        };
        let whole = e.to_string();
        let reason = whole
            .rfind(" at line ")
            .map_or(whole.as_str(), |end| &whole[..end]);
        Failure::input(format!(
            "line {number}, column {}: {reason}{hint}",
            e.column()
        ))
        .at(number)
    })
}

/// A JSON lines file at its next row.
pub struct Reader {
    request: Request,
    lines: Lines,
    wanted: HashMap<String, usize>,
    names: Names,
    builder: BatchBuilder,
    rows: u64,
}

impl Reader {
    pub fn open(request: Request) -> Outcome<Self> {
        let wanted = request
            .wanted
            .iter()
            .enumerate()
            .map(|(i, c)| (c.name.clone(), i))
            .collect();
        Ok(Self {
            lines: Lines::open(&request)?,
            wanted,
            names: Names {
                limit: request.limits.columns,
                ..Names::default()
            },
            builder: BatchBuilder::new(&request.wanted),
            rows: 0,
            request,
        })
    }

    fn put_row(&mut self) -> Outcome<()> {
        let number = self.lines.number;
        let text = self.lines.text()?;
        let mut cells: Vec<Option<&RawValue>> = vec![None; self.request.wanted.len()];
        read_row(
            text,
            number,
            Row {
                wanted: &self.wanted,
                names: &mut self.names,
                cells: &mut cells,
            },
        )?;
        for (column, raw) in cells.into_iter().enumerate() {
            let wanted = &self.request.wanted[column];
            let refuse = |what: &str| {
                Failure::input(format!("line {number}, column '{}': {what}", wanted.name))
                    .at(number)
            };
            let cell = raw
                .map_or(Ok(None), |raw| cell_of(raw.get(), wanted.kind))
                .map_err(|e| refuse(&e))?;
            if cell
                .as_ref()
                .is_some_and(|text| text.len() > self.request.limits.text_bytes)
            {
                let limit = self.request.limits.text_bytes;
                return Err(Failure::limit(format!(
                    "line {number}, column '{}': text over {limit} bytes",
                    wanted.name
                ))
                .at(number));
            }
            self.builder
                .put(column, cell.as_deref())
                .map_err(|e| refuse(&e.message))?;
        }
        self.builder.rows += 1;
        self.rows += 1;
        Ok(())
    }

    /// A wanted name that no line had is a wrong name.
    fn check_names(&self) -> Outcome<()> {
        let missing = self
            .request
            .wanted
            .iter()
            .find(|c| !self.names.seen.contains(&c.name));
        match missing {
            Some(column) if self.rows > 0 => Err(no_column(&column.name, &self.names.listed)),
            _ => Ok(()),
        }
    }
}

impl Batches for Reader {
    fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        while self.builder.rows < BATCH_ROWS && self.builder.bytes < self.request.limits.row_bytes {
            if !self.lines.read()? {
                self.check_names()?;
                break;
            }
            self.put_row()?;
        }
        self.builder.finish()
    }
}

/// Give a JSON value as the text of a cell.
fn cell_of(raw: &str, kind: Kind) -> Result<Option<Cow<'_, str>>, String> {
    match (raw.as_bytes().first(), kind) {
        (Some(b'n'), _) => Ok(None),
        (Some(b'"'), _) => {
            let text: String = serde_json::from_str(raw).map_err(|e| {
                let whole = e.to_string();
                whole
                    .rfind(" at line ")
                    .map_or(whole.clone(), |end| whole[..end].to_string())
            })?;
            Ok(Some(Cow::Owned(text)))
        }
        (Some(b'{'), _) | (Some(b'['), Kind::Text) => {
            Err("a nested value where text was wanted".to_string())
        }
        _ => Ok(Some(Cow::Borrowed(raw))),
    }
}

pub fn names(request: &Request) -> Outcome<Vec<String>> {
    let mut lines = Lines::open(request)?;
    let mut names = Names {
        limit: request.limits.columns,
        ..Names::default()
    };
    let wanted = HashMap::new();
    while lines.number < NAME_LINES as u64 && lines.read()? {
        let text = lines.text()?;
        read_row(
            text,
            lines.number,
            Row {
                wanted: &wanted,
                names: &mut names,
                cells: &mut Vec::new(),
            },
        )?;
    }
    Ok(names.listed)
}
