//! Tokenizers: opening one from its files, encoding many texts to packed ids, pieces with byte offsets, decoding.
//! Truncation and padding baked into a file are dropped; the caller says how long a text may be.

use crate::guard::{Code, Failure, Outcome, View};
mod abi;
mod sentencepiece;
mod unigram;

use ahash::AHashMap;
use serde_json::json;
use std::collections::HashMap;
use tokenizers::decoders::byte_level::ByteLevel as ByteLevelDecoder;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, NormalizerWrapper};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{
    AddedToken, Encoding, ModelWrapper, PostProcessor, Tokenizer, TruncationDirection,
};

/// The handle behind `sonde_tokenizer`.
pub struct Handle {
    tokenizer: Tokenizer,
    /// Special tokens that one text receives.
    added: usize,
}

fn refused(e: impl std::fmt::Display) -> Failure {
    Failure::input(e.to_string())
}

impl Handle {
    fn new(mut tokenizer: Tokenizer) -> Outcome<Self> {
        tokenizer.with_truncation(None).map_err(refused)?;
        tokenizer.with_padding(None);
        let added = tokenizer
            .get_post_processor()
            .map_or(0, |p| p.added_tokens(false));
        let handle = Self { tokenizer, added };
        handle.check_added()?;
        Ok(handle)
    }

    /// A template may name tokens that it does not define; that shows here rather than at the first text.
    fn check_added(&self) -> Outcome<()> {
        let bare = self
            .tokenizer
            .post_process(Encoding::default(), None, true)
            .map_err(refused)?;
        if bare.len() == self.added {
            return Ok(());
        }
        Err(Failure::input(format!(
            "the post-processor declares {} special tokens and adds {}",
            self.added,
            bare.len()
        )))
    }

    fn from_json(json: &[u8]) -> Outcome<Self> {
        Self::new(Tokenizer::from_bytes(json).map_err(refused)?)
    }
}

/// `sonde_wordpiece_options` of the header.
#[repr(C)]
pub struct WordPieceOptions {
    lower_case: i32,
    /// 0 no, 1 yes, -1 as lower_case.
    strip_accents: i32,
    split_chinese: i32,
    unknown: View,
    separator: View,
    padding: View,
    classifier: View,
    mask: View,
}

/// The line number is the id; a line keeps all but its line feed, as BERT's own reader does.
fn wordpiece_vocabulary(bytes: &[u8]) -> Outcome<HashMap<String, u32>> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        Failure::input(format!(
            "the vocabulary is not valid UTF-8 at byte {}",
            e.valid_up_to()
        ))
    })?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return Err(Failure::input("the vocabulary is empty"));
    }
    let mut vocabulary = HashMap::new();
    for (id, line) in text.split('\n').enumerate() {
        let id =
            u32::try_from(id).map_err(|_| Failure::limit("the vocabulary has too many lines"))?;
        vocabulary.insert(line.strip_suffix('\r').unwrap_or(line).to_string(), id);
    }
    Ok(vocabulary)
}

fn special(content: &str) -> AddedToken {
    AddedToken::from(content, true)
}

unsafe fn wordpiece(vocabulary: &[u8], options: &WordPieceOptions) -> Outcome<Handle> {
    let vocabulary = wordpiece_vocabulary(vocabulary)?;
    let name = |view: View| view.text("a special token");
    let (unknown, separator, padding) = (
        name(options.unknown)?,
        name(options.separator)?,
        name(options.padding)?,
    );
    let (classifier, mask) = (name(options.classifier)?, name(options.mask)?);
    let id_of = |token: &str| {
        vocabulary.get(token).copied().ok_or_else(|| {
            Failure::input(format!("the vocabulary lacks the special token '{token}'"))
        })
    };
    let (classifier_id, separator_id) = (id_of(classifier)?, id_of(separator)?);
    id_of(unknown)?;
    let present: Vec<AddedToken> = [unknown, separator, padding, classifier, mask]
        .into_iter()
        .filter(|token| vocabulary.contains_key(*token))
        .map(special)
        .collect();
    let model = WordPiece::builder()
        .vocab(vocabulary.into_iter().collect::<AHashMap<_, _>>())
        .unk_token(unknown.to_string())
        .build()
        .map_err(refused)?;
    let template = TemplateProcessing::builder()
        .try_single(format!("{classifier}:0 $A:0 {separator}:0"))
        .map_err(refused)?
        .try_pair(format!(
            "{classifier}:0 $A:0 {separator}:0 $B:1 {separator}:1"
        ))
        .map_err(refused)?
        .special_tokens(vec![(classifier, classifier_id), (separator, separator_id)])
        .build()
        .map_err(refused)?;
    let accents = (options.strip_accents >= 0).then_some(options.strip_accents == 1);
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(
            true,
            options.split_chinese != 0,
            accents,
            options.lower_case != 0,
        )))
        .map_err(refused)?
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(template))
        .with_decoder(Some(WordPieceDecoder::new("##".to_string(), true)));
    tokenizer.add_special_tokens(present).map_err(refused)?;
    Handle::new(tokenizer)
}

fn merges_of(bytes: &[u8]) -> Outcome<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        Failure::input(format!(
            "the merges are not valid UTF-8 at byte {}",
            e.valid_up_to()
        ))
    })?;
    let mut merges = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || (index == 0 && line.starts_with("#version")) {
            continue;
        }
        match line.split_once(' ') {
            Some((left, right))
                if !left.is_empty() && !right.is_empty() && !right.contains(' ') =>
            {
                merges.push((left.to_string(), right.to_string()))
            }
            _ => {
                return Err(
                    Failure::input("a merge must be two tokens and one space between")
                        .at(index as u64 + 1),
                )
            }
        }
    }
    Ok(merges)
}

fn byte_level_bpe(
    vocabulary: &[u8],
    merges: &[u8],
    prefix_space: bool,
    specials: Vec<&str>,
) -> Outcome<Handle> {
    let vocabulary: HashMap<String, u32> = serde_json::from_slice(vocabulary)
        .map_err(|e| Failure::input(format!("the vocabulary is not a JSON object of ids: {e}")))?;
    if vocabulary.is_empty() {
        return Err(Failure::input("the vocabulary is empty"));
    }
    let model = BPE::builder()
        .vocab_and_merges(
            vocabulary.into_iter().collect::<AHashMap<_, _>>(),
            merges_of(merges)?,
        )
        .continuing_subword_prefix(String::new())
        .end_of_word_suffix(String::new())
        .build()
        .map_err(refused)?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_pre_tokenizer(Some(ByteLevel::new(prefix_space, true, true)))
        .with_decoder(Some(ByteLevelDecoder::default()));
    tokenizer
        .add_special_tokens(specials.into_iter().map(special))
        .map_err(refused)?;
    Handle::new(tokenizer)
}

/// `sonde_encode_options` of the header.
#[repr(C)]
pub struct EncodeOptions {
    max_length: usize,
    add_special: i32,
}

/// `sonde_encoding` of the header, with the vectors' capacities so that they can be given back.
#[repr(C)]
pub struct Encoded {
    ids: *mut i32,
    special: *mut u8,
    lengths: *mut i32,
    full_lengths: *mut i32,
    n_ids: usize,
    n_texts: usize,
}

#[derive(Default)]
struct Packed {
    ids: Vec<i32>,
    special: Vec<u8>,
    lengths: Vec<i32>,
    full_lengths: Vec<i32>,
}

fn leak<T>(values: Vec<T>) -> *mut T {
    Box::into_raw(values.into_boxed_slice()) as *mut T
}

unsafe fn unleak<T>(data: *mut T, size: usize) {
    if !data.is_null() {
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(
            data, size,
        )));
    }
}

fn checked_id(id: u32) -> Outcome<i32> {
    i32::try_from(id).map_err(|_| Failure::input(format!("token id {id} does not fit 31 bits")))
}

impl Handle {
    /// Tokens of one text without truncation: its encoding, not yet post-processed.
    fn content(&self, text: &str) -> Outcome<Encoding> {
        self.tokenizer.encode_fast(text, false).map_err(refused)
    }

    fn append(&self, packed: &mut Packed, text: &str, options: &EncodeOptions) -> Outcome<()> {
        let added = if options.add_special != 0 {
            self.added
        } else {
            0
        };
        if options.max_length > 0 && options.max_length < added {
            let message = format!(
                "a length of {} leaves no room for the {added} special tokens",
                options.max_length
            );
            return Err(Failure::new(Code::Usage, message));
        }
        let mut encoding = self.content(text)?;
        let full = encoding.len() + added;
        if options.max_length > 0 && full > options.max_length {
            encoding.truncate(options.max_length - added, 0, TruncationDirection::Right);
        }
        if added > 0 {
            encoding = self
                .tokenizer
                .post_process(encoding, None, true)
                .map_err(refused)?;
        }
        for id in encoding.get_ids() {
            packed.ids.push(checked_id(*id)?);
        }
        packed.special.extend(
            encoding
                .get_special_tokens_mask()
                .iter()
                .map(|m| u8::from(*m != 0)),
        );
        packed
            .lengths
            .push(i32::try_from(encoding.len()).map_err(refused)?);
        packed
            .full_lengths
            .push(i32::try_from(full).map_err(refused)?);
        Ok(())
    }

    /// `[{id, token, begin, end, special}]` of one text, offsets in bytes.
    fn pieces(&self, text: &str, add_special: bool) -> Outcome<serde_json::Value> {
        let encoding = self.tokenizer.encode(text, add_special).map_err(refused)?;
        let mut pieces = Vec::with_capacity(encoding.len());
        for i in 0..encoding.len() {
            let (begin, end) = encoding.get_offsets()[i];
            pieces.push(json!({
                "id": checked_id(encoding.get_ids()[i])?,
                "token": encoding.get_tokens()[i],
                "begin": begin,
                "end": end,
                "special": encoding.get_special_tokens_mask()[i] != 0,
            }));
        }
        Ok(pieces.into())
    }

    fn description(&self) -> serde_json::Value {
        let mut specials: Vec<_> = self
            .tokenizer
            .get_added_tokens_decoder()
            .into_iter()
            .filter(|(_, token)| token.special)
            .collect();
        specials.sort_by_key(|(id, _)| *id);
        let model = match self.tokenizer.get_model() {
            ModelWrapper::BPE(_) => "BPE",
            ModelWrapper::WordPiece(_) => "WordPiece",
            ModelWrapper::WordLevel(_) => "WordLevel",
            ModelWrapper::Unigram(_) => "Unigram",
        };
        json!({
            "model": model,
            "vocabulary_size": self.tokenizer.get_vocab_size(true),
            "special_tokens_per_text": self.added,
            "lower_case": self.tokenizer.get_normalizer().is_some_and(lower_cases),
            "special_tokens": specials.iter().map(|(id, t)| json!({"id": id, "token": t.content})).collect::<Vec<_>>(),
        })
    }
}

fn lower_cases(normalizer: &NormalizerWrapper) -> bool {
    match normalizer {
        NormalizerWrapper::BertNormalizer(bert) => bert.lowercase,
        NormalizerWrapper::Lowercase(_) => true,
        NormalizerWrapper::Sequence(sequence) => sequence.as_ref().iter().any(lower_cases),
        _ => false,
    }
}
