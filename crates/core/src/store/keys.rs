//! Conversations told apart: each key has a number, given as it first comes.

use hashbrown::HashTable;

/// Source, destination, and service (protocol number in the upper 16 bits, destination port in the lower).
pub type Key = [u32; 3];

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Keys {
    numbers: HashTable<u32>,
    keys: Vec<Key>,
}

impl Keys {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key of a number.
    #[inline]
    pub fn key(&self, number: usize) -> Key {
        self.keys[number]
    }

    /// The number of a key, a new one if it has none yet.
    #[inline]
    pub fn number(&mut self, key: Key) -> u32 {
        let keys = &self.keys;
        let hash = hash(key);
        if let Some(number) = self.numbers.find(hash, |number| keys[*number as usize] == key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.keys.push(key);
        let keys = &self.keys;
        self.numbers.insert_unique(hash, number, |number| self::hash(keys[*number as usize]));
        number
    }
}

/// Spreads a key over 64 bits.
fn hash([src, dst, service]: Key) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let ends = u64::from(src) << 32 | u64::from(dst);
    let mixed = (ends.wrapping_mul(K) ^ u64::from(service)).wrapping_mul(K);
    mixed ^ mixed >> 32
}
