//! A table that can be read in a terminal and in Markdown.

/// Cells of text below headings.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned).into()] }
    }

    /// One more column, before any row.
    pub(super) fn column(&mut self, heading: &str) {
        self.rows[0].push(heading.to_owned());
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The first column to the left, the others to the right.
    pub(super) fn to_text(&self) -> String {
        let widths = self.widths();
        let line = |row: &Vec<String>| {
            let mut text = String::new();
            for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, behind) = if index == 0 { ("", padding.as_str()) } else { (padding.as_str(), "") };
                text.push_str(&format!("{before}{cell}{behind}  "));
            }
            text.trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }

    pub(super) fn to_markdown(&self) -> String {
        let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
        let (headings, rows) = self.rows.split_first().map_or((&[][..], &[][..]), |(first, rest)| (first, rest));
        let rule: Vec<_> = headings.iter().map(|_| "---".to_owned()).collect();
        let body: String = rows.iter().map(|row| line(row)).collect();
        format!("{}{}{body}", line(headings), line(&rule))
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.rows[0].len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["load", "cost"]);
        table.column("÷");
        table.row(["echo", "12 µs", "1"].map(str::to_owned).into());
        table
    }

    #[test]
    fn a_table_is_aligned_in_a_terminal() {
        assert_eq!(table().to_text(), "load   cost  ÷\necho  12 µs  1\n");
    }

    #[test]
    fn a_table_is_written_in_markdown() {
        assert_eq!(table().to_markdown(), "| load | cost | ÷ |\n| --- | --- | --- |\n| echo | 12 µs | 1 |\n");
    }
}
