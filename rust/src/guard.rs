//! The wall between Rust and C: status codes, owned buffers, and the catch of every panic. No parsing lives here.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

/// What went wrong; the numbers are `sonde_code` in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    Input = 1,
    Usage = 2,
    Limit = 3,
    Panic = 4,
    NoColumn = 5,
}

/// An error on its way to C.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    /// 1-based line or row, or -1.
    pub offset: i64,
    pub message: String,
    /// For `NoColumn`, a JSON list: the missing name, then the known ones.
    pub detail: String,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            offset: -1,
            message: message.into(),
            detail: String::new(),
        }
    }

    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Code::Input, message)
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(Code::Limit, message)
    }

    pub fn at(mut self, offset: u64) -> Self {
        self.offset = i64::try_from(offset).unwrap_or(-1);
        self
    }
}

pub type Outcome<T> = Result<T, Failure>;

/// `sonde_bytes`: a buffer that Rust allocated and `sonde_shim_free_bytes` gives back.
#[repr(C)]
pub struct Bytes {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

impl Bytes {
    pub const EMPTY: Bytes = Bytes {
        data: std::ptr::null_mut(),
        size: 0,
        capacity: 0,
    };
}

impl From<Vec<u8>> for Bytes {
    fn from(mut bytes: Vec<u8>) -> Self {
        if bytes.capacity() == 0 {
            return Bytes::EMPTY;
        }
        let buffer = Bytes {
            data: bytes.as_mut_ptr(),
            size: bytes.len(),
            capacity: bytes.capacity(),
        };
        std::mem::forget(bytes);
        buffer
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

/// `sonde_view`: bytes that the caller keeps alive during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct View {
    data: *const u8,
    size: usize,
}

impl View {
    /// # Safety
    /// `data` must point to `size` readable bytes that outlive `'a`.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() || self.size == 0 {
            return &[];
        }
        std::slice::from_raw_parts(self.data, self.size)
    }

    /// # Safety
    /// As `bytes`.
    pub unsafe fn text<'a>(self, what: &str) -> Outcome<&'a str> {
        std::str::from_utf8(self.bytes()).map_err(|e| {
            Failure::input(format!(
                "{what} is not valid UTF-8 at byte {}",
                e.valid_up_to()
            ))
        })
    }
}

/// Read a caller's array, which may be null when it is empty.
///
/// # Safety
/// `data` must point to `size` readable elements that outlive `'a`.
pub unsafe fn elements<'a, T>(data: *const T, size: usize) -> &'a [T] {
    if data.is_null() || size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(data, size)
}

/// `sonde_error` of the header.
#[repr(C)]
pub struct ErrorOut {
    code: i32,
    offset: i64,
    message: Bytes,
    detail: Bytes,
}

/// Run `body` so that neither an error nor a panic leaves as anything but a code and a message.
pub fn guard(error: *mut ErrorOut, body: impl FnOnce() -> Outcome<()>) -> i32 {
    match caught(body) {
        Ok(()) => 0,
        Err(failure) => {
            let code = failure.code as i32;
            report(error, failure);
            code
        }
    }
}

/// Run `body` and give a panic as a `Failure`.
pub fn caught<T>(body: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    silence_panics();
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(failure_of(&*panic)))
}

/// Drop a value whose destructor might panic.
pub fn drop_quietly<T>(value: T) {
    silence_panics();
    let _ = catch_unwind(AssertUnwindSafe(move || drop(value)));
}

pub fn report(error: *mut ErrorOut, failure: Failure) {
    if error.is_null() {
        return;
    }
    let out = ErrorOut {
        code: failure.code as i32,
        offset: failure.offset,
        message: failure.message.into(),
        detail: failure.detail.into(),
    };
    unsafe { error.write(out) };
}

fn failure_of(panic: &(dyn Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a message".to_string());
    Failure::new(Code::Panic, text)
}

/// The panic message travels in the error, so the default hook must not also print it.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

#[no_mangle]
pub extern "C" fn sonde_shim_free_bytes(bytes: *mut Bytes) {
    if bytes.is_null() {
        return;
    }
    let taken = unsafe { std::mem::replace(&mut *bytes, Bytes::EMPTY) };
    if !taken.data.is_null() {
        drop(unsafe { Vec::from_raw_parts(taken.data, taken.size, taken.capacity) });
    }
}

#[no_mangle]
pub extern "C" fn sonde_shim_free_error(error: *mut ErrorOut) {
    if error.is_null() {
        return;
    }
    unsafe {
        sonde_shim_free_bytes(&mut (*error).message);
        sonde_shim_free_bytes(&mut (*error).detail);
    }
}

#[no_mangle]
pub extern "C" fn sonde_shim_force_panic(in_worker: i32, error: *mut ErrorOut) -> i32 {
    guard(error, || {
        if in_worker == 0 {
            panic!("forced panic");
        }
        match std::thread::spawn(|| panic!("forced panic in a worker")).join() {
            Ok(()) => Ok(()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
