//! Names in a sentence.

/// The first of some names, and how many more there are.
pub(crate) fn named<T: AsRef<str>>(list: &[T], most: usize) -> String {
    let first = list.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
