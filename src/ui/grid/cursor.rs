//! Where the keyboard's cursor stands, and where a key takes it.

/// A place of the matrix: a cell, a header, or the corner that means everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A cell, by row and column.
    Cell(u32, u32),
    /// A source: its whole row.
    Row(u32),
    /// A destination: its whole column.
    Col(u32),
    /// The corner.
    All,
}

/// A movement of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Home: the first cell of the row.
    RowStart,
    /// End: the last cell of the row.
    RowEnd,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Ctrl+Home: the first cell.
    Start,
    /// Ctrl+End: the last cell.
    End,
}

impl Spot {
    /// Counted from the headers, which are 0: (row, column).
    fn place(self) -> (u32, u32) {
        match self {
            Self::Cell(row, col) => (row + 1, col + 1),
            Self::Row(row) => (row + 1, 0),
            Self::Col(col) => (0, col + 1),
            Self::All => (0, 0),
        }
    }

    fn at(row: u32, col: u32) -> Self {
        match (row, col) {
            (0, 0) => Self::All,
            (0, _) => Self::Col(col - 1),
            (_, 0) => Self::Row(row - 1),
            _ => Self::Cell(row - 1, col - 1),
        }
    }

    /// The same place, moved inside a matrix of so many rows and columns.
    pub fn within(self, (rows, cols): (u32, u32)) -> Self {
        let (row, col) = self.place();
        Self::at(row.min(rows), col.min(cols))
    }

    /// Its row and column, where it has them.
    pub fn lines(self) -> (Option<u32>, Option<u32>) {
        match self {
            Self::Cell(row, col) => (Some(row), Some(col)),
            Self::Row(row) => (Some(row), None),
            Self::Col(col) => (None, Some(col)),
            Self::All => (None, None),
        }
    }
}

/// Moves in a matrix of so many rows and columns; `page` rows are visible at once. Headers are one step
/// beyond the first row and column; nothing wraps around.
pub fn step(from: Spot, by: Move, (rows, cols): (u32, u32), page: u32) -> Spot {
    let (row, col) = from.place();
    let page = page.max(1);
    let (row, col) = match by {
        Move::Left => (row, col.saturating_sub(1)),
        Move::Right => (row, col + 1),
        Move::Up => (row.saturating_sub(1), col),
        Move::Down => (row + 1, col),
        Move::RowStart => (row, 1),
        Move::RowEnd => (row, cols),
        // A page stops at the first row: headers are reached on purpose only.
        Move::PageUp => (if row == 0 { 0 } else { row.saturating_sub(page).max(1) }, col),
        Move::PageDown => (row + page, col),
        Move::Start => (1, 1),
        Move::End => (rows, cols),
    };
    Spot::at(row.min(rows), col.min(cols))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_reach_the_headers_and_stop_at_the_edges() {
        assert_eq!(step(Spot::Cell(0, 0), Move::Left, (5, 5), 3), Spot::Row(0));
        assert_eq!(step(Spot::Row(0), Move::Up, (5, 5), 3), Spot::All);
        assert_eq!(step(Spot::Cell(0, 2), Move::Up, (5, 5), 3), Spot::Col(2));
        assert_eq!(step(Spot::Col(2), Move::Down, (5, 5), 3), Spot::Cell(0, 2));
        assert_eq!(step(Spot::Cell(4, 4), Move::Right, (5, 5), 3), Spot::Cell(4, 4));
        assert_eq!(step(Spot::All, Move::Left, (5, 5), 3), Spot::All);
    }

    #[test]
    fn pages_and_ends_stay_among_the_cells() {
        assert_eq!(step(Spot::Cell(1, 2), Move::PageUp, (5, 5), 3), Spot::Cell(0, 2));
        assert_eq!(step(Spot::Cell(1, 2), Move::PageDown, (5, 5), 3), Spot::Cell(4, 2));
        assert_eq!(step(Spot::Cell(1, 2), Move::RowEnd, (5, 5), 3), Spot::Cell(1, 4));
        assert_eq!(step(Spot::Row(3), Move::RowStart, (5, 5), 3), Spot::Cell(3, 0));
        assert_eq!(step(Spot::Cell(3, 3), Move::Start, (5, 5), 3), Spot::Cell(0, 0));
    }

    #[test]
    fn an_empty_matrix_has_only_its_corner() {
        assert_eq!(step(Spot::Cell(3, 3), Move::End, (0, 0), 3), Spot::All);
        assert_eq!(Spot::Cell(7, 1).within((3, 9)), Spot::Cell(2, 1));
    }
}
