//! CSV and TSV rows as batches of text: the first record is the header, every record has as many cells as the header,
//! and every cell is UTF-8 without NUL bytes. An unquoted empty cell is missing; a quoted empty cell is empty text.

use super::cells::BatchBuilder;
use super::records::{Record, Records};
use super::{open_file, places, Batches, Request, BATCH_ROWS};
use crate::guard::{Failure, Outcome};
use arrow::record_batch::RecordBatch;
use std::io::BufReader;

/// A delimited file at its next row.
pub struct Reader {
    records: Records,
    record: Record,
    places: Vec<usize>,
    n_columns: usize,
    row_bytes: usize,
    builder: BatchBuilder,
}

impl Reader {
    pub fn open(request: Request, delimiter: u8) -> Outcome<Self> {
        let (records, names) = open_at_rows(&request, delimiter)?;
        Ok(Self {
            records,
            record: Record::default(),
            places: places(&request.wanted, &names)?,
            n_columns: names.len(),
            row_bytes: request.limits.row_bytes,
            builder: BatchBuilder::new(&request.wanted),
        })
    }

    fn put_row(&mut self) -> Outcome<()> {
        let record = &self.record;
        check_text(record)?;
        if record.len() != self.n_columns {
            let message = format!(
                "line {} has {} cells, the header has {}",
                record.line,
                record.len(),
                self.n_columns
            );
            return Err(Failure::input(message).at(record.line));
        }
        for (column, place) in self.places.iter().enumerate() {
            let bytes = record.cell(*place);
            let cell = if bytes.is_empty() && !record.quoted(*place) {
                None
            } else {
                Some(text_of(bytes)?)
            };
            self.builder
                .put(column, cell)
                .map_err(|e| name_line(e, record.line))?;
        }
        self.builder.rows += 1;
        Ok(())
    }
}

impl Batches for Reader {
    fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        while self.builder.rows < BATCH_ROWS && self.builder.bytes < self.row_bytes {
            if !self.records.read(&mut self.record)? {
                break;
            }
            self.put_row()?;
        }
        self.builder.finish()
    }
}

fn name_line(mut failure: Failure, line: u64) -> Failure {
    failure.message = format!("line {line}: {}", failure.message);
    failure.at(line)
}

/// Open a file and read its header.
fn open_at_rows(request: &Request, delimiter: u8) -> Outcome<(Records, Vec<String>)> {
    let input = BufReader::with_capacity(1 << 18, open_file(&request.path)?);
    let mut records = Records::new(input, delimiter, request.quotes, request.limits)?;
    let mut header = Record::default();
    if !records.read(&mut header)? {
        return Err(Failure::input("no header: the file holds only blank lines").at(1));
    }
    check_text(&header)?;
    let names = (0..header.len())
        .map(|i| text_of(header.cell(i)).map(str::to_string))
        .collect::<Outcome<Vec<_>>>()?;
    Ok((records, names))
}

pub fn names(request: &Request, delimiter: u8) -> Outcome<Vec<String>> {
    Ok(open_at_rows(request, delimiter)?.1)
}

/// Refuse what is not UTF-8 text, cell by cell, naming the record's line.
fn check_text(record: &Record) -> Outcome<()> {
    if memchr::memchr(0, &record.bytes).is_some() {
        return Err(
            Failure::input(format!("line {} holds a NUL byte", record.line)).at(record.line),
        );
    }
    let whole = std::str::from_utf8(&record.bytes);
    let mut end = 0;
    let split_inside = (0..record.len()).any(|i| {
        end += record.cell(i).len();
        !whole.as_ref().is_ok_and(|text| text.is_char_boundary(end))
    });
    if whole.is_err() || split_inside {
        return Err(
            Failure::input(format!("line {} is not valid UTF-8", record.line)).at(record.line),
        );
    }
    Ok(())
}

fn text_of(bytes: &[u8]) -> Outcome<&str> {
    std::str::from_utf8(bytes).map_err(|e| Failure::input(e.to_string()))
}
