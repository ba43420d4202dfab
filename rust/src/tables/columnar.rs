//! Parquet and Arrow IPC files: chosen top-level columns, cast to text or to lists of integers. Values print plainly
//! ("1", "true"); nested columns are refused as text.

use super::cells::{schema, Kind};
use super::records::unreadable;
use super::{open_file, places, Batches, Request, Wanted, BATCH_ROWS};
use crate::guard::{Failure, Outcome};
use arrow::array::{Array, ArrayRef, AsArray, LargeBinaryArray};
use arrow::compute::{cast_with_options, CastOptions};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::{read_footer_length, FileReader, StreamReader};
use arrow::ipc::root_as_footer;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::ProjectionMask;
use parquet::file::metadata::ParquetMetaData;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

const MAX_ROW_GROUP: i64 = 2 << 30;
const MAX_RATIO: i64 = 1000;
/// Bytes after the footer of an Arrow file: its length and the magic.
const TAIL: usize = 10;
/// Below this many bytes a high compression ratio does no harm.
const RATIO_FLOOR: i64 = 64 << 20;

type Source = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// A columnar file at its next batch.
pub struct Reader {
    source: Source,
    request: Request,
    /// Rows given so far, for messages.
    rows: u64,
}

impl Batches for Reader {
    fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        let batch = match self.source.next() {
            None => return Ok(None),
            Some(batch) => {
                batch.map_err(|e| Failure::input(format!("after row {}: {e}", self.rows)))?
            }
        };
        let mut columns = Vec::new();
        for wanted in &self.request.wanted {
            let column = batch.column_by_name(&wanted.name).ok_or_else(|| {
                Failure::input(format!("column '{}' is missing from a batch", wanted.name))
            })?;
            columns.push(self.convert(column, wanted)?);
        }
        self.rows += batch.num_rows() as u64;
        let batch = RecordBatch::try_new(schema(&self.request.wanted), columns).map_err(refused)?;
        Ok(Some(batch))
    }
}

impl Reader {
    fn convert(&self, column: &ArrayRef, wanted: &Wanted) -> Outcome<ArrayRef> {
        let place = |e: String| {
            Failure::input(format!(
                "column '{}', after row {}: {e}",
                wanted.name, self.rows
            ))
        };
        let options = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let cast = |array: &dyn Array, to: &DataType| {
            cast_with_options(array, to, &options).map_err(|e| place(e.to_string()))
        };
        if wanted.kind == Kind::Integers && is_list(column.data_type()) {
            return cast(column, &wanted.kind.data_type());
        }
        let text = if is_binary(column.data_type()) {
            let binary = cast(column, &DataType::LargeBinary)?;
            self.check_binary(binary.as_binary(), wanted)?;
            cast(&binary, &DataType::LargeUtf8)?
        } else {
            cast(column, &DataType::LargeUtf8)?
        };
        self.check_sizes(&text, wanted)?;
        if wanted.kind == Kind::Text {
            return Ok(text);
        }
        self.parse_lists(&text, wanted)
    }

    fn check_binary(&self, cells: &LargeBinaryArray, wanted: &Wanted) -> Outcome<()> {
        for i in 0..cells.len() {
            if cells.is_valid(i) && std::str::from_utf8(cells.value(i)).is_err() {
                let row = self.rows + i as u64 + 1;
                return Err(Failure::input(format!(
                    "row {row}, column '{}' is not valid UTF-8",
                    wanted.name
                ))
                .at(row));
            }
        }
        Ok(())
    }

    fn check_sizes(&self, text: &ArrayRef, wanted: &Wanted) -> Outcome<()> {
        let limit = self.request.limits.text_bytes;
        let sizes = text
            .as_string::<i64>()
            .value_offsets()
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as usize);
        match sizes.enumerate().find(|(_, size)| *size > limit) {
            Some((i, _)) => {
                let row = self.rows + i as u64 + 1;
                Err(Failure::limit(format!(
                    "row {row}, column '{}': text over {limit} bytes",
                    wanted.name
                ))
                .at(row))
            }
            None => Ok(()),
        }
    }

    fn parse_lists(&self, text: &ArrayRef, wanted: &Wanted) -> Outcome<ArrayRef> {
        let mut builder = super::cells::BatchBuilder::new(std::slice::from_ref(wanted));
        for (i, cell) in text.as_string::<i64>().iter().enumerate() {
            let row = self.rows + i as u64 + 1;
            builder
                .put(0, cell)
                .map_err(|e| Failure::input(format!("row {row}: {}", e.message)).at(row))?;
            builder.rows += 1;
        }
        let batch = builder
            .finish()?
            .unwrap_or_else(|| RecordBatch::new_empty(schema(std::slice::from_ref(wanted))));
        Ok(batch.column(0).clone())
    }
}

fn refused(e: impl std::fmt::Display) -> Failure {
    Failure::input(e.to_string())
}

fn is_list(t: &DataType) -> bool {
    matches!(
        t,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _)
    )
}

fn is_binary(t: &DataType) -> bool {
    matches!(
        t,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}

fn names_of(schema: &Schema, request: &Request) -> Outcome<Vec<String>> {
    if schema.fields().len() > request.limits.columns {
        return Err(Failure::limit(format!(
            "the file has more than {} columns",
            request.limits.columns
        )));
    }
    Ok(schema.fields().iter().map(|f| f.name().clone()).collect())
}

/// Give the places of the wanted columns, each of a type that can be read as it is wanted.
fn projection(schema: &Schema, request: &Request) -> Outcome<Vec<usize>> {
    let places = places(&request.wanted, &names_of(schema, request)?)?;
    for (place, wanted) in places.iter().zip(&request.wanted) {
        let t = schema.field(*place).data_type();
        let fits = match wanted.kind {
            Kind::Text => !t.is_nested(),
            Kind::Integers => match t {
                DataType::List(f) | DataType::LargeList(f) | DataType::FixedSizeList(f, _) => {
                    f.data_type().is_integer()
                }
                other => !other.is_nested(),
            },
        };
        if !fits {
            let kind = if wanted.kind == Kind::Text {
                "text"
            } else {
                "lists of integers"
            };
            return Err(Failure::input(format!(
                "column '{}' has the type {t}, which cannot be read as {kind}",
                wanted.name
            )));
        }
    }
    Ok(places)
}

fn parquet_builder(request: &Request) -> Outcome<ParquetRecordBatchReaderBuilder<File>> {
    let file = open_file(&request.path)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(refused)?;
    check_declared_sizes(builder.metadata())?;
    Ok(builder)
}

/// Refuse a file that declares to unpack into far more than it holds, before anything is unpacked.
fn check_declared_sizes(metadata: &ParquetMetaData) -> Outcome<()> {
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let full = group.total_byte_size();
        if !(0..=MAX_ROW_GROUP).contains(&full) {
            return Err(Failure::limit(format!(
                "row group {index} declares {full} bytes; the limit is {MAX_ROW_GROUP}"
            )));
        }
        for column in group.columns() {
            let (full, packed) = (column.uncompressed_size(), column.compressed_size());
            if full > RATIO_FLOOR && full / packed.max(1) > MAX_RATIO {
                let message = format!("row group {index} declares {full} bytes out of {packed}, more than {MAX_RATIO} to 1");
                return Err(Failure::limit(message));
            }
        }
    }
    Ok(())
}

pub fn parquet_names(request: &Request) -> Outcome<Vec<String>> {
    names_of(parquet_builder(request)?.schema(), request)
}

pub fn open_parquet(request: Request) -> Outcome<Reader> {
    let builder = parquet_builder(&request)?;
    let places = projection(builder.schema(), &request)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    let source = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(refused)?;
    Ok(Reader {
        source: Box::new(source),
        request,
        rows: 0,
    })
}

/// An Arrow file starts with its magic; anything else is tried as an Arrow stream.
fn is_arrow_file(file: &mut BufReader<File>) -> Outcome<bool> {
    let mut magic = [0u8; 6];
    let complete = file.read_exact(&mut magic).is_ok();
    file.rewind().map_err(unreadable)?;
    Ok(complete && &magic == b"ARROW1")
}

/// Refuse an Arrow file whose footer points outside the file, before the reader allocates what it declares.
fn check_blocks(input: &mut BufReader<File>) -> Outcome<()> {
    let size = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
    if size < TAIL as u64 {
        return Err(Failure::input("the file ends before its footer"));
    }
    let mut tail = [0u8; TAIL];
    input
        .seek(SeekFrom::End(-(TAIL as i64)))
        .map_err(unreadable)?;
    input.read_exact(&mut tail).map_err(unreadable)?;
    let length = read_footer_length(tail).map_err(refused)? as u64;
    if length + TAIL as u64 > size {
        return Err(Failure::input(format!(
            "the footer declares {length} bytes in a file of {size}"
        )));
    }
    let mut bytes = vec![0u8; length as usize];
    input
        .seek(SeekFrom::Start(size - TAIL as u64 - length))
        .map_err(unreadable)?;
    input.read_exact(&mut bytes).map_err(unreadable)?;
    input.rewind().map_err(unreadable)?;
    let footer = root_as_footer(&bytes).map_err(refused)?;
    let blocks = footer
        .recordBatches()
        .into_iter()
        .chain(footer.dictionaries())
        .flatten();
    for block in blocks {
        let parts = [
            block.offset(),
            i64::from(block.metaDataLength()),
            block.bodyLength(),
        ];
        let end = parts.iter().try_fold(0u64, |sum, part| {
            u64::try_from(*part).ok().and_then(|p| sum.checked_add(p))
        });
        if end.is_none_or(|end| end > size) {
            return Err(Failure::input("the footer points outside the file"));
        }
    }
    Ok(())
}

fn open_arrow_file(
    mut input: BufReader<File>,
    places: Option<Vec<usize>>,
) -> Outcome<FileReader<BufReader<File>>> {
    check_blocks(&mut input)?;
    FileReader::try_new(input, places).map_err(refused)
}

fn arrow_schema(request: &Request) -> Outcome<arrow::datatypes::SchemaRef> {
    let mut input = BufReader::new(open_file(&request.path)?);
    if is_arrow_file(&mut input)? {
        return Ok(open_arrow_file(input, None)?.schema());
    }
    Ok(StreamReader::try_new(input, None)
        .map_err(refused)?
        .schema())
}

pub fn arrow_names(request: &Request) -> Outcome<Vec<String>> {
    names_of(&*arrow_schema(request)?, request)
}

pub fn open_arrow(request: Request) -> Outcome<Reader> {
    let places = projection(&*arrow_schema(&request)?, &request)?;
    let mut input = BufReader::new(open_file(&request.path)?);
    let source: Source = if is_arrow_file(&mut input)? {
        Box::new(open_arrow_file(input, Some(places))?)
    } else {
        Box::new(StreamReader::try_new(input, Some(places)).map_err(refused)?)
    };
    Ok(Reader {
        source,
        request,
        rows: 0,
    })
}
