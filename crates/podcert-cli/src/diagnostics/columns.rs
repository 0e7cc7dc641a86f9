//! Text in columns.

/// One line a row. Columns are as wide as their widest cell, which the last cell of a row does not widen.
pub fn columns<R: AsRef<[String]>>(rows: &[R]) -> String {
    let line = |line: String| line.trim_end().to_owned() + "\n";
    padded(rows).into_iter().map(line).collect()
}

/// The rows. Each cell but the last one is as wide as its column, and followed by a gap.
pub(super) fn padded<R: AsRef<[String]>>(rows: &[R]) -> Vec<String> {
    let widths = widths(rows);
    let line = |row: &R| {
        let Some((last, cells)) = row.as_ref().split_last() else { return String::new() };
        let pad = |(cell, width): (&String, &usize)| format!("{cell:width$}  ");
        cells.iter().zip(&widths).map(pad).collect::<String>() + last
    };
    rows.iter().map(line).collect()
}

fn widths<R: AsRef<[String]>>(rows: &[R]) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows.iter().map(AsRef::as_ref) {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(&row[..row.len().saturating_sub(1)]) {
            *width = cell.chars().count().max(*width);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cell_of_a_row_widens_no_column() {
        let rows = [vec!["NODE", "PORT"], vec!["ä", "9100", "x"], vec!["FAILED: no answer"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(columns(&rows), "NODE  PORT\nä     9100  x\nFAILED: no answer\n");
    }
}
