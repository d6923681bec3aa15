//! Values that readers stumble over, as they stand in files.

use super::dice::Dice;

/// Texts: what ends, escapes, directs, overflows or means something elsewhere.
const TEXTS: [&str; 46] = [
    "",
    " ",
    "\0",
    "\t",
    "\n",
    "\r\n",
    "\"",
    "\\",
    "'",
    ",",
    ";",
    "|",
    "/",
    "//",
    "*",
    "?",
    "#",
    "=1+1",
    "\u{feff}",
    "\u{202e}x",
    "\u{fffd}",
    "é",
    "ß",
    "İ",
    "日本",
    "😀",
    "null",
    "true",
    "NaN",
    "-",
    "0",
    "-1",
    "1e999",
    "65536",
    "99999999999999999999",
    "0.0.0.0/0",
    "::/0",
    "::ffff:10.0.0.1",
    "10.0.0.0/33",
    "10.0.0.256",
    "10.0.0.1-10.0.0.9",
    "VirtualNetwork",
    "/subscriptions//",
    "%2F..%2f",
    "2026-02-30T25:61:61Z",
    "[parameters('x')]",
];
/// Numbers as JSON writes them, and some that it doesn't.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "1",
    "-1",
    "255",
    "256",
    "4095",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e999",
    "-1e-999",
    "0.1",
    "1793613600000",
    "253402300800000",
];

/// A text, now and then a long one.
pub fn text(dice: &mut Dice) -> String {
    match dice.below(24) {
        0 => "x".repeat(1 << (6 + dice.below(9))),
        1 => dice.pick(&TEXTS).repeat(1 + dice.below(300)),
        2 => format!("{}{}", dice.pick(&TEXTS), dice.pick(&TEXTS)),
        3 => number(dice).to_owned(),
        _ => dice.pick(&TEXTS).to_owned(),
    }
}

/// A number.
pub fn number(dice: &mut Dice) -> &'static str {
    dice.pick(&NUMBERS)
}

/// A text changed a little: a character lost, doubled, of the other case, replaced; two texts in one.
pub fn changed(of: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = of.chars().collect();
    let at = dice.below(letters.len());
    match dice.below(8) {
        0 if !letters.is_empty() => drop(letters.remove(at)),
        1 if !letters.is_empty() => letters.insert(at, letters[at]),
        2 if !letters.is_empty() => {
            letters[at] = if letters[at].is_lowercase() {
                letters[at].to_ascii_uppercase()
            } else {
                letters[at].to_ascii_lowercase()
            }
        }
        3 => letters.truncate(at),
        4 => letters.extend(text(dice).chars()),
        5 => letters.splice(at..at, text(dice).chars()).for_each(drop),
        6 => return tuple(of, dice),
        _ => return text(dice),
    }
    letters.into_iter().collect()
}

/// A text of fields between commas, as a flow tuple is: fields added, dropped, changed, exchanged.
pub fn tuple(of: &str, dice: &mut Dice) -> String {
    let mut fields: Vec<String> = of.split(',').map(str::to_owned).collect();
    for _ in 0..1 + dice.below(3) {
        let (at, other) = (dice.below(fields.len()), dice.below(fields.len()));
        match dice.below(6) {
            0 if fields.len() > 1 => drop(fields.remove(at)),
            1 => fields.insert(at, fields[other].clone()),
            2 => fields[at] = text(dice),
            3 => fields[at] = number(dice).to_owned(),
            4 => {
                fields[at] = dice
                    .pick(&["A", "D", "B", "C", "E", "I", "O", "T", "U", "X", "NX", "6", "17", "1"])
                    .to_owned()
            }
            _ => fields.swap(at, other),
        }
    }
    fields.join(",")
}
