//! Unpacks azflow's module, which lies in the page as LZMA: a quarter smaller than as gzip, the best that
//! browsers unpack themselves.
//!
//! This module is called by `boot.js` with nothing between, so that it stays small (it is the one part
//! that comes as gzip): `room` gives the place for the packed bytes, `unpack` the place of the unpacked
//! ones, which are as many as the packed form's header says.

use lzma_rust2::{LzmaReader, Read};
use std::sync::Mutex;

/// A packed form: a header of 13 bytes (properties, dictionary size, unpacked size), and the data.
const SIZE: std::ops::Range<usize> = 5..13;
/// Far above what azflow's module needs, in KiB.
const MOST_MEMORY: u32 = 64 << 10;

static PACKED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static UNPACKED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The place for so many packed bytes.
#[expect(unsafe_code, reason = "a name that JavaScript can call; it is this module's only other function")]
#[unsafe(no_mangle)]
pub extern "C" fn room(packed: usize) -> *mut u8 {
    let Ok(mut place) = PACKED.lock() else { return std::ptr::null_mut() };
    *place = vec![0; packed];
    place.as_mut_ptr()
}

/// Unpacks what was put there. Where the bytes are, or null if they are damaged.
#[expect(unsafe_code, reason = "a name that JavaScript can call; it is this module's only other function")]
#[unsafe(no_mangle)]
pub extern "C" fn unpack() -> *const u8 {
    let (Ok(packed), Ok(mut place)) = (PACKED.lock(), UNPACKED.lock()) else { return std::ptr::null() };
    match unpacked(&packed) {
        Some(bytes) => {
            *place = bytes;
            place.as_ptr()
        }
        None => std::ptr::null(),
    }
}

/// The bytes of a packed form; `None` if it is damaged.
pub fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let size = packed.get(SIZE)?.try_into().ok().map(u64::from_le_bytes)?;
    let mut reader = LzmaReader::new_mem_limit(packed, MOST_MEMORY, None).ok()?;
    let mut bytes = vec![0; usize::try_from(size).ok().filter(|size| *size < 1 << 28)?];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
