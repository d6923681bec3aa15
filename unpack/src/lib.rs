//! Unpacks azflow's module, which lies in the page taken apart and as LZMA: a third smaller than as gzip,
//! the best that browsers unpack themselves.
//!
//! This module is called by `boot.js` with nothing between, so that it stays small (it is the one part
//! that comes as gzip): `room` gives the place for the packed bytes, `unpack` the place of the unpacked
//! ones, which are as many as the packed form's first four bytes say.

//!
//! For the same reason it does without the standard library and without a way to report a panic (there is
//! none to report), and never gives memory back: the page drops it whole.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod lzma;
pub mod module;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ptr;
use once_cell::race::OnceBox;

/// Far above what azflow's module needs, in bytes.
const MOST: usize = 1 << 26;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: mini_alloc::MiniAlloc = mini_alloc::MiniAlloc::INIT;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

static PACKED: OnceBox<Vec<u8>> = OnceBox::new();

/// The place for so many packed bytes; null if it was given before.
#[expect(unsafe_code, reason = "a name that JavaScript can call; it is this module's only other function")]
#[unsafe(no_mangle)]
pub extern "C" fn room(packed: usize) -> *mut u8 {
    let mut place = Box::new(vec![0; packed]);
    let at = place.as_mut_ptr();
    if PACKED.set(place).is_ok() { at } else { ptr::null_mut() }
}

/// Unpacks what was put there. Where the bytes are, or null if they are damaged.
#[expect(unsafe_code, reason = "a name that JavaScript can call; it is this module's only other function")]
#[unsafe(no_mangle)]
pub extern "C" fn unpack() -> *const u8 {
    match PACKED.get().and_then(|packed| unpacked(packed)) {
        Some(bytes) => bytes.leak().as_ptr(),
        None => ptr::null(),
    }
}

/// The bytes of a packed form (their count; of each stream the bits that a literal depends on, the counts of
/// bytes unpacked and packed, and the bytes); `None` if it is damaged.
pub fn unpacked(mut packed: &[u8]) -> Option<Vec<u8>> {
    let size = size(&mut packed)?;
    let mut streams = Vec::new();
    for _ in 0..module::stream::COUNT {
        let (lc, rest) = packed.split_first()?;
        packed = rest;
        let (size, length) = (self::size(&mut packed)?, self::size(&mut packed)?);
        let (stream, rest) = packed.split_at_checked(length)?;
        packed = rest;
        streams.push(lzma::decode(stream, u32::from(*lc), size)?);
    }
    module::assembled(streams, size)
}

fn size(packed: &mut &[u8]) -> Option<usize> {
    let (size, rest) = packed.split_first_chunk()?;
    *packed = rest;
    usize::try_from(u32::from_le_bytes(*size)).ok().filter(|size| *size < MOST)
}
