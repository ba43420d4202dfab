//! Builds the columns that are handed over: text stays text, and integer lists are read from text such as "[1, 2, 3]"
//! or "1 2 3". Nothing else is parsed.

use super::Wanted;
use crate::guard::{Failure, Outcome};
use arrow::array::{ArrayRef, Int64Builder, LargeListBuilder, LargeStringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integers,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::LargeUtf8,
            Kind::Integers => {
                DataType::LargeList(Arc::new(Field::new_list_field(DataType::Int64, true)))
            }
        }
    }
}

pub fn schema(wanted: &[Wanted]) -> SchemaRef {
    let fields: Vec<Field> = wanted
        .iter()
        .map(|c| Field::new(&c.name, c.kind.data_type(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

enum Builder {
    Text(LargeStringBuilder),
    Integers(LargeListBuilder<Int64Builder>),
}

/// Collects rows of the wanted columns into a batch.
pub struct BatchBuilder {
    schema: SchemaRef,
    builders: Vec<Builder>,
    pub rows: usize,
    pub bytes: usize,
}

impl BatchBuilder {
    pub fn new(wanted: &[Wanted]) -> Self {
        let builders = wanted
            .iter()
            .map(|column| match column.kind {
                Kind::Text => Builder::Text(LargeStringBuilder::new()),
                Kind::Integers => Builder::Integers(LargeListBuilder::new(Int64Builder::new())),
            })
            .collect();
        Self {
            schema: schema(wanted),
            builders,
            rows: 0,
            bytes: 0,
        }
    }

    /// Put one cell; `None` is a missing value.
    pub fn put(&mut self, column: usize, cell: Option<&str>) -> Outcome<()> {
        self.bytes += cell.map_or(0, str::len);
        match (&mut self.builders[column], cell) {
            (Builder::Text(builder), text) => builder.append_option(text),
            (Builder::Integers(builder), None) => builder.append(false),
            (Builder::Integers(builder), Some(text)) => {
                for item in integer_items(text) {
                    let value = item.parse::<i64>().map_err(|_| {
                        Failure::input(format!(
                            "column '{}': '{}' is not an integer",
                            self.schema.field(column).name(),
                            item.chars().take(40).collect::<String>()
                        ))
                    })?;
                    builder.values().append_value(value);
                }
                builder.append(true);
            }
        }
        Ok(())
    }

    pub fn finish(&mut self) -> Outcome<Option<RecordBatch>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let columns: Vec<ArrayRef> = self
            .builders
            .iter_mut()
            .map(|builder| match builder {
                Builder::Text(b) => Arc::new(b.finish()) as ArrayRef,
                Builder::Integers(b) => Arc::new(b.finish()) as ArrayRef,
            })
            .collect();
        (self.rows, self.bytes) = (0, 0);
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|e| Failure::input(e.to_string()))?;
        Ok(Some(batch))
    }
}

/// The items of "[1, 2, 3]", "1,2,3" or "1 2 3"; an empty item between two commas is kept and refused by the caller.
fn integer_items(text: &str) -> Vec<&str> {
    let trimmed = text.trim();
    let inner = trimmed
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(trimmed)
        .trim();
    if inner.is_empty() {
        Vec::new()
    } else if inner.contains(',') {
        inner.split(',').map(str::trim).collect()
    } else {
        inner.split_whitespace().collect()
    }
}
