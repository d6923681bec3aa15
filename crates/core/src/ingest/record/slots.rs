//! From a row's key to the row, inside of one record.

/// A row of the record being read; `group` is resolved to a context when the record closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) ends: u64,
    pub(super) service: u32,
    pub(super) minute: u32,
    pub(super) group: u32,
    pub(super) encryption: u32,
    pub(super) flags: u32,
}

/// An open-addressing index from key to row that is emptied by raising a generation: a record
/// has few rows and there are very many records.
#[derive(Debug)]
pub(super) struct Slots {
    /// Generation in the upper half, row in the lower.
    table: Vec<u64>,
    generation: u32,
}

impl Default for Slots {
    fn default() -> Self {
        Self { table: vec![0; 1024], generation: 1 }
    }
}

impl Slots {
    pub(super) fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.table.fill(0);
            self.generation = 1;
        }
    }

    #[inline]
    pub(super) fn find_or_insert(&mut self, keys: &mut Vec<Key>, key: Key) -> usize {
        if keys.len() * 2 >= self.table.len() {
            self.grow(keys);
        }
        let mask = self.table.len() - 1;
        let mut at = hash(&key) & mask;
        loop {
            let slot = self.table[at];
            if (slot >> 32) as u32 != self.generation {
                self.table[at] = u64::from(self.generation) << 32 | keys.len() as u64;
                keys.push(key);
                return keys.len() - 1;
            }
            let index = slot as u32 as usize;
            if keys[index] == key {
                return index;
            }
            at = (at + 1) & mask;
        }
    }

    pub(super) fn grow(&mut self, keys: &[Key]) {
        let size = self.table.len() * 2;
        self.table.clear();
        self.table.resize(size, 0);
        for (index, key) in keys.iter().enumerate() {
            let mut at = hash(key) & (size - 1);
            while (self.table[at] >> 32) as u32 == self.generation {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = u64::from(self.generation) << 32 | index as u64;
        }
    }
}

#[inline]
fn hash(key: &Key) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let rest = u64::from(key.service) << 32 ^ u64::from(key.minute) << 8 ^ u64::from(key.group) << 4;
    let small = u64::from(key.flags) ^ u64::from(key.encryption) << 2;
    let mixed = (key.ends.wrapping_mul(K) ^ rest ^ small).wrapping_mul(K);
    (mixed >> 32) as usize
}
