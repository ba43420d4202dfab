//! Splits delimited text into records as RFC 4180 says: quoted cells, doubled quotes, line breaks inside quotes, LF, CRLF
//! or CR between records. Every refusal names its line. It gives bytes; it knows nothing of columns or UTF-8.
//! Source: RFC 4180, section 2; a lone CR also ends a record, as old spreadsheets write.

use super::Limits;
use crate::guard::{Failure, Outcome};
use memchr::{memchr, memchr3, memchr_iter};
use std::fs::File;
use std::io::{BufRead, BufReader};

/// One record: its cells end to end.
#[derive(Default)]
pub struct Record {
    pub bytes: Vec<u8>,
    ends: Vec<usize>,
    quoted: Vec<bool>,
    /// 1-based line on which the record starts.
    pub line: u64,
}

impl Record {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn begin(&self, i: usize) -> usize {
        if i == 0 {
            0
        } else {
            self.ends[i - 1]
        }
    }

    pub fn cell(&self, i: usize) -> &[u8] {
        &self.bytes[self.begin(i)..self.ends[i]]
    }

    /// Whether a cell was written in quotes, so that it is text even when empty.
    pub fn quoted(&self, i: usize) -> bool {
        self.quoted[i]
    }

    fn clear(&mut self, line: u64) {
        self.bytes.clear();
        self.ends.clear();
        self.quoted.clear();
        self.line = line;
    }

    fn is_blank(&self) -> bool {
        self.len() == 1 && self.bytes.is_empty() && !self.quoted[0]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteSeen,
}

/// Reads records from a file.
pub struct Records {
    input: BufReader<File>,
    delimiter: u8,
    quotes: bool,
    limits: Limits,
    line: u64,
    quote_line: u64,
    after_return: bool,
}

impl Records {
    pub fn new(
        mut input: BufReader<File>,
        delimiter: u8,
        quotes: bool,
        limits: Limits,
    ) -> Outcome<Self> {
        let head = input.fill_buf().map_err(unreadable)?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(Failure::input("the file is UTF-16; save it as UTF-8").at(1));
        }
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            input.consume(3);
        }
        Ok(Self {
            input,
            delimiter,
            quotes,
            limits,
            line: 1,
            quote_line: 0,
            after_return: false,
        })
    }

    /// Read the next record that is not a blank line; false at the end of the file.
    pub fn read(&mut self, record: &mut Record) -> Outcome<bool> {
        loop {
            if !self.read_any(record)? {
                return Ok(false);
            }
            if !record.is_blank() {
                return Ok(true);
            }
        }
    }

    fn read_any(&mut self, record: &mut Record) -> Outcome<bool> {
        record.clear(self.line);
        let mut state = State::CellStart;
        let mut was_quoted = false;
        loop {
            let chunk = self.input.fill_buf().map_err(unreadable)?;
            if chunk.is_empty() {
                return self.end_of_file(record, state, was_quoted);
            }
            if self.after_return {
                self.after_return = false;
                if chunk[0] == b'\n' {
                    self.input.consume(1);
                    continue;
                }
            }
            let mut scan = Scan {
                delimiter: self.delimiter,
                quotes: self.quotes,
                line: self.line,
                quote_line: self.quote_line,
            };
            let (used, ended) = scan.cells(chunk, record, &mut state, &mut was_quoted)?;
            let returned = ended && chunk[used - 1] == b'\r';
            (self.line, self.quote_line, self.after_return) =
                (scan.line, scan.quote_line, returned);
            self.input.consume(used);
            self.check_size(record, state)?;
            if ended {
                return Ok(true);
            }
        }
    }

    fn end_of_file(&self, record: &mut Record, state: State, was_quoted: bool) -> Outcome<bool> {
        match state {
            State::Quoted => Err(unclosed(self.quote_line)),
            State::CellStart if record.len() == 0 => Ok(false),
            _ => {
                end_cell(record, was_quoted);
                Ok(true)
            }
        }
    }

    fn check_size(&self, record: &Record, state: State) -> Outcome<()> {
        let cell = record.bytes.len() - record.ends.last().copied().unwrap_or(0);
        let hint = if state == State::Quoted {
            format!(
                "; the quote opened on line {} may lack its end",
                self.quote_line
            )
        } else {
            String::new()
        };
        let over = |what: &str, limit: usize| {
            Err(Failure::limit(format!(
                "the row that starts on line {} has {what} over {limit} bytes{hint}",
                record.line
            ))
            .at(record.line))
        };
        if record.bytes.len() > self.limits.row_bytes {
            return over("a total", self.limits.row_bytes);
        }
        let too_long = |i: usize| record.cell(i).len() > self.limits.text_bytes;
        if record.bytes.len() > self.limits.text_bytes
            && (cell > self.limits.text_bytes || (0..record.len()).any(too_long))
        {
            return over("a cell", self.limits.text_bytes);
        }
        if record.len() > self.limits.columns {
            return Err(Failure::limit(format!(
                "line {} has more than {} columns",
                record.line, self.limits.columns
            ))
            .at(record.line));
        }
        Ok(())
    }
}

pub fn unreadable(e: std::io::Error) -> Failure {
    Failure::input(format!("cannot read the file: {e}"))
}

fn unclosed(line: u64) -> Failure {
    Failure::input(format!("the quote opened on line {line} is never closed")).at(line)
}

fn end_cell(record: &mut Record, was_quoted: bool) {
    record.ends.push(record.bytes.len());
    record.quoted.push(was_quoted);
}

/// The state machine over one chunk of bytes.
struct Scan {
    delimiter: u8,
    quotes: bool,
    line: u64,
    quote_line: u64,
}

impl Scan {
    /// Consume bytes until the record or the chunk ends; give the bytes used and whether the record ended.
    fn cells(
        &mut self,
        chunk: &[u8],
        record: &mut Record,
        state: &mut State,
        was_quoted: &mut bool,
    ) -> Outcome<(usize, bool)> {
        let mut at = 0;
        while at < chunk.len() {
            match *state {
                State::CellStart if self.quotes && chunk[at] == b'"' => {
                    (*state, *was_quoted, self.quote_line) = (State::Quoted, true, self.line);
                    at += 1;
                }
                State::CellStart => *state = State::Plain,
                State::Quoted => at += self.quoted(&chunk[at..], record, state),
                State::QuoteSeen if chunk[at] == b'"' => {
                    record.bytes.push(b'"');
                    *state = State::Quoted;
                    at += 1;
                }
                State::Plain | State::QuoteSeen => {
                    let stop = memchr3(self.delimiter, b'\n', b'\r', &chunk[at..])
                        .unwrap_or(chunk.len() - at);
                    if *state == State::QuoteSeen && stop > 0 {
                        let message = format!("text follows a closing quote on line {}; a quote inside a quoted cell is written twice", self.line);
                        return Err(Failure::input(message).at(self.line));
                    }
                    record.bytes.extend_from_slice(&chunk[at..at + stop]);
                    at += stop;
                    if at == chunk.len() {
                        break;
                    }
                    end_cell(record, *was_quoted);
                    (*state, *was_quoted) = (State::CellStart, false);
                    at += 1;
                    if chunk[at - 1] != self.delimiter {
                        self.line += 1;
                        return Ok((at, true));
                    }
                }
            }
        }
        Ok((at, false))
    }

    fn quoted(&mut self, rest: &[u8], record: &mut Record, state: &mut State) -> usize {
        let stop = memchr(b'"', rest).unwrap_or(rest.len());
        self.line += memchr_iter(b'\n', &rest[..stop]).count() as u64;
        record.bytes.extend_from_slice(&rest[..stop]);
        if stop == rest.len() {
            return stop;
        }
        *state = State::QuoteSeen;
        stop + 1
    }
}
