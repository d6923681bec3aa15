//! How messages travel between threads: as bytes that need no schema, since both ends are the same build.
//!
//! Reading has no error on its way. Where bytes run out or make no sense, the reader remembers it, the rest reads as
//! zeros and empty lists, and [`from_bytes`] gives nothing: one check at the end instead of one behind every field,
//! which is what the code of other formats mostly consists of.

use std::collections::{BTreeMap, BTreeSet};

pub use azflow_wire::Wire;

/// Something that can be sent.
pub trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes the next value; anything of its type where the reader has failed.
    fn get(from: &mut Reader<'_>) -> Self;
}

/// The value as bytes.
pub fn to_bytes<T: Wire>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// The value that the bytes are; nothing where they are not just one such value.
pub fn from_bytes<T: Wire>(bytes: &[u8]) -> Option<T> {
    let mut from = Reader { rest: bytes, failed: false };
    let value = T::get(&mut from);
    (!from.failed && from.rest.is_empty()).then_some(value)
}

/// Bytes that are being read.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Says that the bytes make no sense.
    pub fn fail(&mut self) {
        self.failed = true;
        self.rest = &[];
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        if let Some((taken, rest)) = self.rest.split_at_checked(length) {
            self.rest = rest;
            return taken;
        }
        self.fail();
        &[]
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A number of up to 64 bits: seven of them a byte, the last byte without the top bit.
    #[inline(never)]
    fn number(&mut self) -> u64 {
        let mut out = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            out |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return out;
            }
        }
        self.fail();
        0
    }

    /// The length of a list. None has more entries than there are bytes left, so damage can't ask for memory.
    fn length(&mut self) -> usize {
        let length = self.number() as usize;
        if length > self.rest.len() {
            self.fail();
            return 0;
        }
        length
    }
}

#[inline(never)]
fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

macro_rules! unsigned {
    ($($type:ty)*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                put_number(*self as u64, out);
            }
            fn get(from: &mut Reader<'_>) -> Self {
                let number = from.number();
                <$type>::try_from(number).unwrap_or_else(|_| { from.fail(); 0 })
            }
        }
    )*};
}
unsigned!(u16 u32 u64 usize);

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn get(from: &mut Reader<'_>) -> Self {
        from.byte()
    }
}

impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        // The sign last, so that small numbers are short.
        put_number((*self << 1 ^ *self >> 63) as u64, out);
    }
    fn get(from: &mut Reader<'_>) -> Self {
        let number = from.number();
        (number >> 1) as Self ^ -((number & 1) as Self)
    }
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(from: &mut Reader<'_>) -> Self {
                let bytes = from.take(size_of::<Self>());
                bytes.try_into().map(Self::from_le_bytes).unwrap_or_default()
            }
        }
    )*};
}
whole!(u128 f64);

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(from: &mut Reader<'_>) -> Self {
        let byte = from.byte();
        if byte > 1 {
            from.fail();
        }
        byte == 1
    }
}

impl Wire for () {
    fn put(&self, _: &mut Vec<u8>) {}
    fn get(_: &mut Reader<'_>) -> Self {}
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        out.extend_from_slice(self.as_bytes());
    }
    #[inline(never)]
    fn get(from: &mut Reader<'_>) -> Self {
        let length = from.length();
        match std::str::from_utf8(from.take(length)) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                from.fail();
                Self::new()
            }
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        for entry in self {
            entry.put(out);
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        let length = from.length();
        let mut out = Self::with_capacity(length);
        for _ in 0..length {
            out.push(T::get(from));
        }
        out
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        bool::get(from).then(|| T::get(from))
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_ok()));
        match self {
            Ok(value) => value.put(out),
            Err(error) => error.put(out),
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        if bool::get(from) { Ok(T::get(from)) } else { Err(E::get(from)) }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
    fn get(from: &mut Reader<'_>) -> Self {
        Self::new(T::get(from))
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn put(&self, out: &mut Vec<u8>) {
        for entry in self {
            entry.put(out);
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        std::array::from_fn(|_| T::get(from))
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        (0..from.length()).map(|_| (K::get(from), V::get(from))).collect()
    }
}

impl<T: Wire + Ord> Wire for BTreeSet<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        for entry in self {
            entry.put(out);
        }
    }
    fn get(from: &mut Reader<'_>) -> Self {
        (0..from.length()).map(|_| T::get(from)).collect()
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),*) => {
        impl<$($name: Wire),*> Wire for ($($name,)*) {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$at.put(out);)*
            }
            fn get(from: &mut Reader<'_>) -> Self {
                ($($name::get(from),)*)
            }
        }
    };
}
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, PartialEq, Wire)]
    enum Said {
        Nothing,
        Some(u64, String),
        More { list: Vec<Option<i64>>, map: BTreeMap<u16, (bool, u128)>, pair: [u8; 2], of: Box<Said> },
    }

    fn said() -> impl Strategy<Value = Said> {
        let leaf = prop_oneof![Just(Said::Nothing), (any::<u64>(), ".*").prop_map(|(n, s)| Said::Some(n, s))];
        leaf.prop_recursive(3, 8, 1, |of| {
            (any::<Vec<Option<i64>>>(), any::<BTreeMap<u16, (bool, u128)>>(), any::<[u8; 2]>(), of)
                .prop_map(|(list, map, pair, of)| Said::More { list, map, pair, of: Box::new(of) })
        })
    }

    proptest! {
        #[test]
        fn what_was_put_is_what_is_got(value in said()) {
            prop_assert_eq!(from_bytes::<Said>(&to_bytes(&value)), Some(value));
        }

        #[test]
        fn no_part_of_a_message_is_one_and_nothing_may_follow(value in said(), byte: u8) {
            let mut bytes = to_bytes(&value);
            for end in 0..bytes.len() {
                prop_assert_eq!(from_bytes::<Said>(&bytes[..end]), None);
            }
            bytes.push(byte);
            prop_assert_eq!(from_bytes::<Said>(&bytes), None);
        }

        #[test]
        fn any_bytes_are_a_message_or_nothing(bytes: Vec<u8>) {
            if let Some(value) = from_bytes::<Said>(&bytes) {
                prop_assert_eq!(from_bytes::<Said>(&to_bytes(&value)), Some(value));
            }
        }
    }
}
