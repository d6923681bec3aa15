//! Values as compact bytes, which is how messages and dictionaries cross threads.
//!
//! Both ends are the same build, so the bytes carry no schema: postcard writes fields one after the other. Bytes are
//! one whole value or nothing; what may follow a value, and any damage, is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The value as bytes.
///
/// Writing to memory fails only for a type that does not know how long it is. No type of azflow is one; if one were,
/// the bytes would be empty and refused by the reader.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

/// The value that the bytes are; nothing where they are not just one such value.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

    #[test]
    fn a_length_that_is_a_lie_asks_for_no_memory() {
        // A list of 2^63 numbers, of which none follows.
        let bytes = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(from_bytes::<Vec<u64>>(&bytes), None);
        assert_eq!(from_bytes::<String>(&bytes), None);
    }
}
