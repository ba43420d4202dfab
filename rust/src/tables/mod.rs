//! Tables: chosen columns of a CSV, TSV, JSONL, Parquet or Arrow file as an `ArrowArrayStream` of large UTF-8 text and
//! large lists of 64-bit integers, nothing else. Row order is the file's; nothing is inferred or replaced.

mod cells;
mod columnar;
mod delimited;
mod jsonl;
mod records;
mod stream;

use crate::guard::{elements, guard, Bytes, Code, ErrorOut, Failure, Outcome, View};
use arrow::record_batch::RecordBatch;
use cells::Kind;
use std::fs::File;

/// Rows that one batch of the stream holds at most.
const BATCH_ROWS: usize = 1024;

/// `sonde_limits` of the header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Limits {
    text_bytes: usize,
    row_bytes: usize,
    columns: usize,
}

/// One column that the caller wants.
#[derive(Clone)]
struct Wanted {
    name: String,
    kind: Kind,
}

/// What to read, and how much of it at most.
#[derive(Clone)]
struct Request {
    path: String,
    wanted: Vec<Wanted>,
    limits: Limits,
    quotes: bool,
}

/// A file that is being read, batch by batch; batches hold the wanted columns in the caller's order.
pub trait Batches: Send {
    fn next_batch(&mut self) -> Outcome<Option<RecordBatch>>;
}

/// Open a regular file; a device or pipe could be endless.
fn open_file(path: &str) -> Outcome<File> {
    let file = File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Failure::input("no such file"),
        _ => Failure::input(format!("cannot open the file: {e}")),
    })?;
    let facts = file
        .metadata()
        .map_err(|e| Failure::input(format!("cannot read the file: {e}")))?;
    if !facts.is_file() {
        return Err(Failure::input("not a regular file"));
    }
    if facts.len() == 0 {
        return Err(Failure::input("the file is empty"));
    }
    Ok(file)
}

/// Say that a column is not there; the caller phrases the suggestion.
fn no_column(missing: &str, known: &[String]) -> Failure {
    let mut names = vec![missing];
    names.extend(known.iter().map(String::as_str));
    Failure {
        code: Code::NoColumn,
        offset: -1,
        message: format!("no column '{missing}'"),
        detail: serde_json::to_string(&names).unwrap_or_default(),
    }
}

/// Give the place of each wanted column among the file's, refusing absent and ambiguous names.
fn places(wanted: &[Wanted], names: &[String]) -> Outcome<Vec<usize>> {
    wanted
        .iter()
        .map(|column| {
            let mut matches = names
                .iter()
                .enumerate()
                .filter(|(_, name)| **name == column.name)
                .map(|(i, _)| i);
            let place = matches
                .next()
                .ok_or_else(|| no_column(&column.name, names))?;
            match matches.next() {
                Some(_) => Err(Failure::input(format!(
                    "two columns are named '{}'",
                    column.name
                ))),
                None => Ok(place),
            }
        })
        .collect()
}

/// `sonde_table_request` of the header.
#[repr(C)]
pub struct RequestIn {
    path: View,
    names: *const View,
    kinds: *const i32,
    n_columns: usize,
    limits: Limits,
    format: i32,
    quotes: i32,
}

unsafe fn request_of(given: &RequestIn) -> Outcome<Request> {
    let names = elements(given.names, given.n_columns);
    let kinds = elements(given.kinds, given.n_columns);
    let mut wanted = Vec::new();
    for (name, kind) in names.iter().zip(kinds) {
        let kind = if *kind == 0 {
            Kind::Text
        } else {
            Kind::Integers
        };
        wanted.push(Wanted {
            name: name.text("a column name")?.to_string(),
            kind,
        });
    }
    let path = given.path.text("the path")?.to_string();
    Ok(Request {
        path,
        wanted,
        limits: given.limits,
        quotes: given.quotes != 0,
    })
}

fn open(format: i32, request: Request) -> Outcome<Box<dyn Batches>> {
    Ok(match format {
        0 => Box::new(delimited::Reader::open(request, b',')?),
        1 => Box::new(delimited::Reader::open(request, b'\t')?),
        2 => Box::new(jsonl::Reader::open(request)?),
        3 => Box::new(columnar::open_parquet(request)?),
        4 => Box::new(columnar::open_arrow(request)?),
        _ => return Err(Failure::new(Code::Usage, "unknown table format")),
    })
}

fn column_names(format: i32, request: &Request) -> Outcome<Vec<String>> {
    match format {
        0 => delimited::names(request, b','),
        1 => delimited::names(request, b'\t'),
        2 => jsonl::names(request),
        3 => columnar::parquet_names(request),
        4 => columnar::arrow_names(request),
        _ => Err(Failure::new(Code::Usage, "unknown table format")),
    }
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_table_open(
    request: *const RequestIn,
    out: *mut stream::ArrayStream,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let wanted = request_of(&*request)?;
        let schema = cells::schema(&wanted.wanted);
        out.write(stream::ArrayStream::new(
            schema,
            open((*request).format, wanted)?,
        ));
        Ok(())
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_table_columns(
    request: *const RequestIn,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let names = column_names((*request).format, &request_of(&*request)?)?;
        out.write(
            serde_json::to_string(&names)
                .map_err(|e| Failure::input(e.to_string()))?
                .into(),
        );
        Ok(())
    })
}
