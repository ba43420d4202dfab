//! Reads the few fields of a SentencePiece model that a tokenizer needs. It is a protobuf; unknown fields are skipped,
//! and nothing is allocated that the bytes do not hold.
//! Source: google/sentencepiece, `sentencepiece_model.proto`; the protobuf encoding guide.

use crate::guard::{Failure, Outcome};

const MOST_PIECES: usize = 4_000_000;

/// What a piece is for; other kinds of the format are ordinary here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    Ordinary,
    /// Stands for no text: `[CLS]`.
    Control,
    /// Always one token, whatever the scores say.
    UserDefined,
}

#[derive(Clone, Debug)]
pub struct Piece {
    pub text: String,
    pub score: f64,
    pub kind: PieceKind,
}

/// A model trained by SentencePiece.
#[derive(Debug, Default)]
pub struct SentencePiece {
    pub pieces: Vec<Piece>,
    /// 1 unigram, 2 BPE, 3 word, 4 character; 0 where the file says nothing.
    model_type: u64,
    pub unknown_id: u64,
    /// The normaliser's compiled table, possibly empty.
    pub charsmap: Vec<u8>,
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    value: Value<'a>,
    at: usize,
}

enum Value<'a> {
    Number(u64),
    Four([u8; 4]),
    Eight,
    Bytes(&'a [u8]),
}

/// The fields of one message, from its first byte on.
struct Fields<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Where `bytes` starts in the file.
    base: usize,
}

fn malformed(what: &str, at: usize) -> Failure {
    Failure::input(format!(
        "not a SentencePiece model: {what} at byte {at}; expected the file that SentencePiece wrote"
    ))
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            position: 0,
            base,
        }
    }

    fn fail<T>(&self, what: &str) -> Outcome<T> {
        Err(malformed(what, self.base + self.position))
    }

    fn varint(&mut self) -> Outcome<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.position) else {
                return self.fail("a number is cut short");
            };
            if shift == 63 && byte > 1 {
                return self.fail("a number of more than 64 bits");
            }
            self.position += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        self.fail("a number of more than 64 bits")
    }

    fn take(&mut self, count: u64) -> Outcome<&'a [u8]> {
        let left = self.bytes.len() - self.position;
        match usize::try_from(count) {
            Ok(count) if count <= left => {
                let taken = &self.bytes[self.position..self.position + count];
                self.position += count;
                Ok(taken)
            }
            _ => self.fail(&format!("a field of {count} bytes where {left} are left")),
        }
    }

    fn next(&mut self) -> Outcome<Option<Field<'a>>> {
        if self.position == self.bytes.len() {
            return Ok(None);
        }
        let key = self.varint()?;
        let at = self.base + self.position;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => {
                self.take(8)?;
                Value::Eight
            }
            2 => {
                let size = self.varint()?;
                Value::Bytes(self.take(size)?)
            }
            5 => {
                let four = self.take(4)?;
                Value::Four([four[0], four[1], four[2], four[3]])
            }
            _ => return self.fail("a field of unknown form"),
        };
        if key >> 3 == 0 {
            return self.fail("a field without a number");
        }
        Ok(Some(Field {
            number: key >> 3,
            value,
            at,
        }))
    }

    /// The fields of a message that is a field of this one.
    fn inside(&self, bytes: &'a [u8]) -> Fields<'a> {
        let offset = bytes.as_ptr() as usize - self.bytes.as_ptr() as usize;
        Fields::new(bytes, self.base + offset)
    }
}

impl Field<'_> {
    fn number(&self) -> Outcome<u64> {
        match self.value {
            Value::Number(number) => Ok(number),
            _ => Err(malformed("a field of another type", self.at)),
        }
    }
}

impl SentencePiece {
    pub fn parse(bytes: &[u8]) -> Outcome<Self> {
        let mut model = Self::default();
        let mut fields = Fields::new(bytes, 0);
        while let Some(field) = fields.next()? {
            match (field.number, &field.value) {
                (1, Value::Bytes(piece)) => {
                    if model.pieces.len() == MOST_PIECES {
                        return Err(Failure::limit(format!(
                            "the model has more than {MOST_PIECES} pieces"
                        )));
                    }
                    model.pieces.push(read_piece(fields.inside(piece))?);
                }
                (2, Value::Bytes(spec)) => model.read_trainer(fields.inside(spec))?,
                (3, Value::Bytes(spec)) => model.read_normalizer(fields.inside(spec))?,
                (1..=3, _) => return Err(malformed("a field of another type", field.at)),
                _ => (),
            }
        }
        if model.pieces.is_empty() {
            return Err(Failure::input(
                "not a SentencePiece model: it has no pieces",
            ));
        }
        model.check_kind()?;
        Ok(model)
    }

    fn read_trainer(&mut self, mut fields: Fields) -> Outcome<()> {
        while let Some(field) = fields.next()? {
            match field.number {
                3 => self.model_type = field.number()?,
                40 => self.unknown_id = field.number()?,
                _ => (),
            }
        }
        Ok(())
    }

    fn read_normalizer(&mut self, mut fields: Fields) -> Outcome<()> {
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (2, Value::Bytes(table)) => self.charsmap = table.to_vec(),
                (2, _) => return Err(malformed("a field of another type", field.at)),
                _ => (),
            }
        }
        Ok(())
    }

    fn check_kind(&self) -> Outcome<()> {
        let kind = match self.model_type {
            0 | 1 => return Ok(()),
            2 => "BPE".to_string(),
            3 => "word".to_string(),
            4 => "character".to_string(),
            other => format!("unknown ({other})"),
        };
        Err(Failure::input(format!(
            "a SentencePiece model of type {kind} is not supported; expected unigram; save its tokenizer.json with transformers"
        )))
    }
}

fn read_piece(mut fields: Fields) -> Outcome<Piece> {
    let start = fields.base;
    let mut piece = Piece {
        text: String::new(),
        score: 0.0,
        kind: PieceKind::Ordinary,
    };
    while let Some(field) = fields.next()? {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => {
                piece.text = String::from_utf8(text.to_vec())
                    .map_err(|_| malformed("a piece that is not UTF-8", field.at))?;
            }
            (2, Value::Four(score)) => piece.score = f64::from(f32::from_le_bytes(score)),
            (3, Value::Number(3)) => piece.kind = PieceKind::Control,
            (3, Value::Number(4)) => piece.kind = PieceKind::UserDefined,
            (3, Value::Number(_)) => piece.kind = PieceKind::Ordinary,
            (1..=3, _) => return Err(malformed("a field of another type", field.at)),
            _ => (),
        }
    }
    // An empty piece would match everywhere and take up no text.
    if piece.text.is_empty() {
        return Err(malformed("an empty piece", start));
    }
    if !piece.score.is_finite() {
        return Err(malformed("a score that is no number", start));
    }
    Ok(piece)
}
