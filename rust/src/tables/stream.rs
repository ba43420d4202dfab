//! The producer side of Arrow's C stream interface, with every call behind the panic wall.
//! Source: Apache Arrow, "The Arrow C stream interface", columnar format documentation 1.x.

use super::Batches;
use crate::guard::{caught, drop_quietly, report, ErrorOut, Failure};
use arrow::array::{Array, StructArray};
use arrow::datatypes::SchemaRef;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use std::ffi::{c_char, c_int, c_void, CString};

const EINVAL: c_int = 22;

/// `struct ArrowArrayStream`.
#[repr(C)]
pub struct ArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrayStream, *mut FFI_ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrayStream, *mut FFI_ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrayStream)>,
    private_data: *mut c_void,
}

struct Producer {
    schema: SchemaRef,
    source: Box<dyn Batches>,
    failure: Option<Failure>,
    text: CString,
}

impl ArrayStream {
    pub fn new(schema: SchemaRef, source: Box<dyn Batches>) -> Self {
        let producer = Producer {
            schema,
            source,
            failure: None,
            text: CString::default(),
        };
        Self {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release),
            private_data: Box::into_raw(Box::new(producer)).cast(),
        }
    }
}

impl Producer {
    fn keep(&mut self, failure: Failure) -> c_int {
        self.text = CString::new(failure.message.replace('\0', " ")).unwrap_or_default();
        self.failure = Some(failure);
        EINVAL
    }
}

unsafe fn producer<'a>(stream: *mut ArrayStream) -> &'a mut Producer {
    &mut *(*stream).private_data.cast::<Producer>()
}

unsafe extern "C" fn get_schema(stream: *mut ArrayStream, out: *mut FFI_ArrowSchema) -> c_int {
    let producer = producer(stream);
    let schema = producer.schema.clone();
    match caught(|| {
        FFI_ArrowSchema::try_from(schema.as_ref()).map_err(|e| Failure::input(e.to_string()))
    }) {
        Ok(schema) => {
            out.write(schema);
            0
        }
        Err(failure) => producer.keep(failure),
    }
}

unsafe extern "C" fn get_next(stream: *mut ArrayStream, out: *mut FFI_ArrowArray) -> c_int {
    let producer = producer(stream);
    let next = caught(|| {
        let batch = producer.source.next_batch()?;
        Ok(batch.map_or_else(FFI_ArrowArray::empty, |b| {
            FFI_ArrowArray::new(&StructArray::from(b).into_data())
        }))
    });
    match next {
        Ok(array) => {
            out.write(array);
            0
        }
        Err(failure) => producer.keep(failure),
    }
}

unsafe extern "C" fn get_last_error(stream: *mut ArrayStream) -> *const c_char {
    producer(stream).text.as_ptr()
}

unsafe extern "C" fn release(stream: *mut ArrayStream) {
    let owned = Box::from_raw((*stream).private_data.cast::<Producer>());
    drop_quietly(owned);
    (*stream).private_data = std::ptr::null_mut();
    (*stream).release = None;
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_table_last_error(stream: *mut ArrayStream, error: *mut ErrorOut) {
    let failure = producer(stream).failure.take();
    report(
        error,
        failure.unwrap_or_else(|| Failure::input("no error was recorded")),
    );
}
