//! Integers for addresses and strings, so that rows are small and merging is cheap.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// Addresses by their 128 bits, numbered in order of first appearance.
#[derive(Debug, Default)]
pub struct AddressTable {
    ids: HashTable<u32>,
    addresses: Vec<u128>,
}

/// Spreads the bits of an address; a multiplication mixes well enough for prefixes, and the
/// top bits that `hashbrown` uses for its tags are the best mixed.
#[inline]
fn hash_bits(bits: u128) -> u64 {
    let folded = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(29);
    let h = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ (h >> 32)
}

impl AddressTable {
    /// The number of an address, given now if it is new.
    #[inline]
    pub fn intern(&mut self, bits: u128) -> u32 {
        let hash = hash_bits(bits);
        let addresses = &mut self.addresses;
        if let Some(id) = self.ids.find(hash, |id| addresses[*id as usize] == bits) {
            return *id;
        }
        let id = addresses.len() as u32;
        addresses.push(bits);
        self.ids.insert_unique(hash, id, |id| hash_bits(addresses[*id as usize]));
        id
    }

    /// The addresses by number.
    pub fn as_slice(&self) -> &[u128] {
        &self.addresses
    }

    /// Empties the table and returns the addresses by number.
    pub fn take(&mut self) -> Vec<u128> {
        self.ids.clear();
        std::mem::take(&mut self.addresses)
    }

    /// How many addresses there are.
    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }
}

/// Strings, numbered in order of first appearance.
#[derive(Debug, Default)]
pub struct StringTable {
    ids: HashTable<u32>,
    strings: Vec<String>,
    /// Of all of them together.
    bytes: usize,
}

impl StringTable {
    /// The number of a string, given now if it is new.
    pub fn intern(&mut self, text: &str) -> u32 {
        let hash = xxh3_64(text.as_bytes());
        let strings = &mut self.strings;
        if let Some(id) = self.ids.find(hash, |id| strings[*id as usize] == text) {
            return *id;
        }
        let id = strings.len() as u32;
        strings.push(text.to_owned());
        self.bytes += text.len();
        self.ids.insert_unique(hash, id, |id| xxh3_64(strings[*id as usize].as_bytes()));
        id
    }

    /// The string of a number that this table gave.
    pub fn get(&self, id: u32) -> &str {
        self.strings.get(id as usize).map_or("", String::as_str)
    }

    /// The strings by number.
    pub fn as_slice(&self) -> &[String] {
        &self.strings
    }

    /// How long all of them are together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Empties the table and returns the strings by number.
    pub fn take(&mut self) -> Vec<String> {
        self.bytes = 0;
        self.ids.clear();
        std::mem::take(&mut self.strings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_get_equal_numbers_in_order_of_appearance() {
        let mut addresses = AddressTable::default();
        let numbers: Vec<_> = [7u128, 1 << 100, 7, 8].iter().map(|a| addresses.intern(*a)).collect();
        assert_eq!(numbers, [0, 1, 0, 2]);
        assert_eq!(addresses.take(), [7, 1 << 100, 8]);
        assert_eq!(addresses.intern(8), 0);

        let mut strings = StringTable::default();
        let numbers: Vec<_> = ["a", "", "a", "b"].iter().map(|s| strings.intern(s)).collect();
        assert_eq!(numbers, [0, 1, 0, 2]);
        assert_eq!(strings.get(2), "b");
    }
}
