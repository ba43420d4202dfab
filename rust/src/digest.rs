//! SHA-256 of files and of byte streams, as lower-case hexadecimal text. No other digest lives here.

use crate::guard::{guard, Bytes, ErrorOut, Failure, Outcome, View};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest_of_file(path: &str) -> Outcome<String> {
    let mut file =
        File::open(path).map_err(|e| Failure::input(format!("cannot open the file: {e}")))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0u8; 1 << 20];
    loop {
        let size = file
            .read(&mut block)
            .map_err(|e| Failure::input(format!("cannot read the file: {e}")))?;
        if size == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&block[..size]);
    }
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_sha256_file(
    path: View,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        let hex = digest_of_file(path.text("the path")?)?;
        out.write(hex.into());
        Ok(())
    })
}

/// # Safety
/// See `sonde_shim.h`.
#[no_mangle]
pub unsafe extern "C" fn sonde_sha256_bytes(
    data: View,
    out: *mut Bytes,
    error: *mut ErrorOut,
) -> i32 {
    guard(error, || {
        out.write(hexadecimal(&Sha256::digest(data.bytes())).into());
        Ok(())
    })
}
