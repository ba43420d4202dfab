//! Unigram tokenizers from a SentencePiece model, with the rules that transformers gives each class. The model's own
//! normaliser counts only where the class says so.
//! Source: transformers 5.23, `tokenization_deberta_v2.py`, `tokenization_albert.py`, `TokenizersBackend` and
//! `SentencePieceExtractor`.

use super::sentencepiece::{PieceKind, SentencePiece};
use super::{refused, Handle};
use crate::guard::{elements, guard, ErrorOut, Failure, Outcome, View};
use tokenizers::decoders::metaspace::Metaspace as MetaspaceDecoder;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::replace::{Replace, ReplacePattern};
use tokenizers::normalizers::{
    Lowercase, NormalizerWrapper, Precompiled, Sequence as Normalizers, Strip, StripAccents, NFC,
    NFKD,
};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

const META: char = '\u{2581}';

/// `sonde_added_token` of the header.
#[repr(C)]
pub struct AddedTokenIn {
    content: View,
    special: i32,
    normalized: i32,
    strip_left: i32,
    strip_right: i32,
    single_word: i32,
}

/// `sonde_unigram_options` of the header.
#[repr(C)]
pub struct UnigramOptions {
    rules: i32,
    lower_case: i32,
    keep_accents: i32,
    split_punctuation: i32,
    prefix_space: i32,
    add_own_symbols: i32,
    unknown: View,
    classifier: View,
    separator: View,
    added: *const AddedTokenIn,
    n_added: usize,
}

/// What differs between the classes.
struct Rules {
    unknown_id: usize,
    normalizers: Vec<NormalizerWrapper>,
    pre_tokenizers: Vec<PreTokenizerWrapper>,
    prepend: PrependScheme,
}

fn replace(pattern: ReplacePattern, content: &str) -> Outcome<NormalizerWrapper> {
    Ok(Replace::new(pattern, content).map_err(refused)?.into())
}

fn literal(text: &str, content: &str) -> Outcome<NormalizerWrapper> {
    replace(ReplacePattern::String(text.to_string()), content)
}

/// DebertaV2Tokenizer: the model's own normaliser is left out, as transformers does since version 5.
unsafe fn deberta(model: &SentencePiece, options: &UnigramOptions) -> Outcome<Rules> {
    let unknown = options.unknown.text("the unknown token")?;
    let mut normalizers: Vec<NormalizerWrapper> = Vec::new();
    if options.lower_case != 0 {
        normalizers.push(Lowercase.into());
    }
    let blanks = ReplacePattern::Regex(r"\s{2,}|[\n\r\t]".to_string());
    normalizers.push(replace(blanks, " ")?);
    normalizers.push(NFC.into());
    normalizers.push(Strip::new(false, true).into());
    let mut pre_tokenizers: Vec<PreTokenizerWrapper> = Vec::new();
    if options.split_punctuation != 0 {
        pre_tokenizers.push(Punctuation::new(SplitDelimiterBehavior::Isolated).into());
    }
    let listed = model
        .pieces
        .iter()
        .position(|piece| piece.text == unknown && piece.score == 0.0);
    Ok(Rules {
        unknown_id: listed.unwrap_or(usize::try_from(model.unknown_id).unwrap_or(usize::MAX)),
        normalizers,
        pre_tokenizers,
        prepend: if options.prefix_space != 0 {
            PrependScheme::Always
        } else {
            PrependScheme::First
        },
    })
}

/// AlbertTokenizer: quotes unified, accents off, the model's own normaliser last.
fn albert(model: &SentencePiece, options: &UnigramOptions) -> Outcome<Rules> {
    let mut normalizers = vec![literal("``", "\"")?, literal("''", "\"")?];
    if options.keep_accents == 0 {
        normalizers.push(NFKD.into());
        normalizers.push(StripAccents.into());
    }
    if options.lower_case != 0 {
        normalizers.push(Lowercase.into());
    }
    if !model.charsmap.is_empty() {
        normalizers.push(precompiled(&model.charsmap)?.into());
    }
    Ok(Rules {
        unknown_id: 1,
        normalizers,
        pre_tokenizers: vec![WhitespaceSplit.into()],
        prepend: if options.prefix_space != 0 {
            PrependScheme::Always
        } else {
            PrependScheme::Never
        },
    })
}

/// The table begins with the size of its index, which the reader behind trusts.
fn precompiled(table: &[u8]) -> Outcome<Precompiled> {
    let size = table
        .first_chunk::<4>()
        .map(|head| u32::from_le_bytes(*head) as usize);
    match size {
        Some(size) if size >= 4 && size % 4 == 0 && size <= table.len() - 4 => (),
        _ => {
            return Err(Failure::input(
                "the model's normaliser table is cut short or malformed",
            ))
        }
    }
    Precompiled::from(table).map_err(|e| Failure::input(format!("{e:?}")))
}

unsafe fn added_tokens(options: &UnigramOptions) -> Outcome<Vec<AddedToken>> {
    let mut tokens = Vec::new();
    for token in elements(options.added, options.n_added) {
        let content = token.content.text("an added token")?;
        tokens.push(
            AddedToken::from(content, token.special != 0)
                .normalized(token.normalized != 0)
                .lstrip(token.strip_left != 0)
                .rstrip(token.strip_right != 0)
                .single_word(token.single_word != 0),
        );
    }
    Ok(tokens)
}

/// Control pieces and symbols that the user of SentencePiece defined are matched whole.
fn own_symbols(model: &SentencePiece) -> Vec<AddedToken> {
    let symbols = model
        .pieces
        .iter()
        .filter(|p| p.kind != PieceKind::Ordinary);
    symbols
        .map(|p| AddedToken::from(p.text.clone(), p.kind == PieceKind::Control).normalized(false))
        .collect()
}

unsafe fn template(tokenizer: &Tokenizer, options: &UnigramOptions) -> Outcome<TemplateProcessing> {
    let classifier = options.classifier.text("the classifier token")?;
    let separator = options.separator.text("the separator token")?;
    let id_of = |token: &str| {
        tokenizer
            .token_to_id(token)
            .ok_or_else(|| Failure::input(format!("the model lacks the special token '{token}'")))
    };
    TemplateProcessing::builder()
        .try_single(format!("{classifier}:0 $A:0 {separator}:0"))
        .map_err(refused)?
        .try_pair(format!(
            "{classifier}:0 $A:0 {separator}:0 $B:1 {separator}:1"
        ))
        .map_err(refused)?
        .special_tokens(vec![
            (classifier, id_of(classifier)?),
            (separator, id_of(separator)?),
        ])
        .build()
        .map_err(refused)
}

unsafe fn unigram(model: &[u8], options: &UnigramOptions) -> Outcome<Handle> {
    let model = SentencePiece::parse(model)?;
    let mut rules = match options.rules {
        0 => deberta(&model, options)?,
        1 => albert(&model, options)?,
        other => return Err(Failure::input(format!("unknown rules {other}"))),
    };
    let pieces = model.pieces.iter().map(|p| (p.text.clone(), p.score));
    let unigram =
        Unigram::from(pieces.collect(), Some(rules.unknown_id), false).map_err(refused)?;
    let mut tokenizer = Tokenizer::new(unigram);
    rules
        .pre_tokenizers
        .push(Metaspace::new(META, rules.prepend, true).into());
    tokenizer
        .with_normalizer(Some(Normalizers::new(rules.normalizers)))
        .map_err(refused)?
        .with_pre_tokenizer(Some(PreTokenizers::new(rules.pre_tokenizers)))
        .with_decoder(Some(MetaspaceDecoder::new(META, rules.prepend, true)));
    let mut added = added_tokens(options)?;
    if options.add_own_symbols != 0 {
        added.extend(own_symbols(&model));
    }
    tokenizer.add_tokens(added).map_err(refused)?;
    let template = template(&tokenizer, options)?;
    tokenizer.with_post_processor(Some(template));
    Handle::new(tokenizer)
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_from_sentencepiece(
    model: View,
    options: *const UnigramOptions,
    out: *mut *mut Handle,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let handle = unigram(model.bytes(), &*options)?;
        out.write(Box::into_raw(Box::new(handle)));
        Ok(())
    })
}
