//! Changes to tables: columns renamed, exchanged, dropped; quotes, separators, rows cut.

use super::dice::Dice;
use super::odd;

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// The rows' cells, with quotes as they are.
fn split(text: &str) -> (char, Vec<Vec<String>>) {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    let separator = SEPARATORS.into_iter().max_by_key(count).unwrap_or(',');
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        let last = rows.len() - 1;
        match letter {
            '\n' if !quoted => rows.push(vec![String::new()]),
            letter if letter == separator && !quoted => rows[last].push(String::new()),
            letter => {
                if let Some(cell) = rows[last].last_mut() {
                    cell.push(letter);
                }
            }
        }
    }
    (separator, rows)
}

/// The table with some of that changed.
pub fn mutate(text: &str, dice: &mut Dice) -> String {
    let (mut separator, mut rows) = split(text);
    for _ in 0..1 + dice.below(3) {
        let row = dice.below(rows.len());
        let (at, other) = (dice.below(rows[row].len()), dice.below(rows[row].len()));
        match dice.below(14) {
            0 => rows[0][0] = odd::text(dice),
            1 => {
                let heading = dice.below(rows[0].len());
                rows[0][heading] = odd::changed(&rows[0][heading], dice);
            }
            2 => rows.iter_mut().filter(|row| row.len() > at.max(other)).for_each(|row| row.swap(at, other)),
            3 => rows.iter_mut().filter(|row| row.len() > at + 1).for_each(|row| drop(row.remove(at))),
            4 => rows[row].swap(at, other),
            5 => rows[row][at] = odd::text(dice),
            6 => rows[row][at] = odd::changed(&rows[row][at], dice),
            7 => rows[row][at] = format!("\"{}", rows[row][at]),
            8 => rows[row][at] = format!("\"{}\"", rows[row][at].replace('"', "\"\"")),
            9 => rows[row].truncate(at),
            10 => drop(rows.remove(row)),
            11 => {
                let copy = rows[row].clone();
                rows.insert(row, copy);
            }
            12 => separator = SEPARATORS[dice.below(SEPARATORS.len())],
            _ => {
                let copy = rows[0].clone();
                rows.insert(row, copy);
            }
        }
        if rows.is_empty() {
            rows.push(vec![String::new()]);
        }
        rows.iter_mut().filter(|row| row.is_empty()).for_each(|row| row.push(String::new()));
    }
    let rows: Vec<String> = rows.iter().map(|row| row.join(&separator.to_string())).collect();
    rows.join(if dice.one_in(6) { "\r\n" } else { "\n" })
}
