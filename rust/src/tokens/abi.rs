//! The exported functions of the tokenizers; their contracts stand in `sonde_shim.h`.

use super::*;
use crate::guard::{drop_quietly, elements, guard, Bytes, ErrorOut};

unsafe fn put(out: *mut *mut Handle, handle: Handle) -> Outcome<()> {
    out.write(Box::into_raw(Box::new(handle)));
    Ok(())
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_from_json(
    json: View,
    out: *mut *mut Handle,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || put(out, Handle::from_json(json.bytes())?))
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_from_wordpiece(
    vocabulary: View,
    options: *const WordPieceOptions,
    out: *mut *mut Handle,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        put(out, wordpiece(vocabulary.bytes(), &*options)?)
    })
}

/// `sonde_bpe_options` of the header.
#[repr(C)]
pub struct BpeOptions {
    prefix_space: i32,
    specials: *const View,
    n_specials: usize,
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_from_bpe(
    vocabulary: View,
    merges: View,
    options: *const BpeOptions,
    out: *mut *mut Handle,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let names = elements((*options).specials, (*options).n_specials);
        let specials = names
            .iter()
            .map(|view| view.text("a special token"))
            .collect::<Outcome<Vec<_>>>()?;
        put(
            out,
            byte_level_bpe(
                vocabulary.bytes(),
                merges.bytes(),
                (*options).prefix_space != 0,
                specials,
            )?,
        )
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_free(handle: *mut Handle) {
    if !handle.is_null() {
        drop_quietly(Box::from_raw(handle));
    }
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_encode(
    handle: *const Handle,
    texts: *const View,
    n_texts: usize,
    options: *const EncodeOptions,
    out: *mut Encoded,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let mut packed = Packed::default();
        for (index, view) in elements(texts, n_texts).iter().enumerate() {
            let place = |failure: Failure| failure.at(index as u64);
            let text = view.text("the text").map_err(place)?;
            (*handle)
                .append(&mut packed, text, &*options)
                .map_err(place)?;
        }
        let (n_ids, n_texts) = (packed.ids.len(), packed.lengths.len());
        out.write(Encoded {
            ids: leak(packed.ids),
            special: leak(packed.special),
            lengths: leak(packed.lengths),
            full_lengths: leak(packed.full_lengths),
            n_ids,
            n_texts,
        });
        Ok(())
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_shim_free_encoding(encoding: *mut Encoded) {
    if encoding.is_null() {
        return;
    }
    let e = &mut *encoding;
    unleak(e.ids, e.n_ids);
    unleak(e.special, e.n_ids);
    unleak(e.lengths, e.n_texts);
    unleak(e.full_lengths, e.n_texts);
    let null = std::ptr::null_mut();
    encoding.write(Encoded {
        ids: null,
        special: null.cast(),
        lengths: null,
        full_lengths: null,
        n_ids: 0,
        n_texts: 0,
    });
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_pieces(
    handle: *const Handle,
    text: View,
    add_special: i32,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let pieces = (*handle).pieces(text.text("the text")?, add_special != 0)?;
        out.write(pieces.to_string().into());
        Ok(())
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_decode(
    handle: *const Handle,
    ids: *const i32,
    n_ids: usize,
    skip_special: i32,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let mut known = Vec::with_capacity(n_ids);
        for id in elements(ids, n_ids) {
            let id = u32::try_from(*id)
                .map_err(|_| Failure::input(format!("token id {id} is negative")))?;
            if (*handle).tokenizer.id_to_token(id).is_none() {
                return Err(Failure::input(format!(
                    "token id {id} is not in the vocabulary"
                )));
            }
            known.push(id);
        }
        out.write(
            (*handle)
                .tokenizer
                .decode(&known, skip_special != 0)
                .map_err(refused)?
                .into(),
        );
        Ok(())
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_tokenizer_describe(
    handle: *const Handle,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        out.write((*handle).description().to_string().into());
        Ok(())
    })
}
