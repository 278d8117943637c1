//! Draws a graph of revisions as lines in a terminal, newest first. Works on ids and edges; the caller supplies the
//! texts.

/// A revision to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphRow {
    pub id: String,
    /// Revisions below it to which a line is drawn.
    pub parents: Vec<String>,
    /// Symbol of the revision: `●`, `○`, `◉`.
    pub sign: char,
    /// Text beside the symbol; further lines are put beside the lines of the graph.
    pub text: Vec<String>,
}

/// Draws the rows as text in which every line ends with a newline. Children come before their parents.
pub fn draw(rows: impl IntoIterator<Item = GraphRow>) -> String {
    let mut lanes = Lanes::default();
    let mut text = String::new();
    for row in rows {
        lanes.row(&row, &mut text);
    }
    text
}

/// Vertical lines of the drawing. Each holds the revision that it leads to; `None` is a free column.
#[derive(Default)]
struct Lanes {
    waiting: Vec<Option<String>>,
}

impl Lanes {
    /// Draws one revision. If several lanes lead to it, they are joined first; if it has several parents, lanes fork
    /// below it:
    ///
    /// ```text
    /// ├─╯
    /// ●  id
    /// ├─╮
    /// ```
    fn row(&mut self, row: &GraphRow, text: &mut String) {
        let here = self.lanes_to(&row.id);
        let column = here.first().copied().unwrap_or_else(|| self.free_lane(0));
        if let Some(joining) = here.get(1..).filter(|joining| !joining.is_empty()) {
            self.line(text, &self.bend(column, joining, '╯', '┴'), "");
            for lane in joining {
                self.waiting[*lane] = None;
            }
            self.drop_empty_lanes();
        }
        self.waiting[column] = Some(row.id.clone());
        let mut lines = row.text.iter();
        let signs = self.signs(column, row.sign);
        self.line(text, &signs, lines.next().map_or("", String::as_str));
        self.waiting[column] = row.parents.first().cloned();
        let forks: Vec<_> = row.parents.iter().skip(1).map(|parent| self.fork(column, parent)).collect();
        if !forks.is_empty() {
            let signs = self.bend(column, &forks, '╮', '┬');
            self.line(text, &signs, lines.next().map_or("", String::as_str));
        }
        for line in lines {
            // No column matches: vertical lines only.
            let signs = self.signs(usize::MAX, ' ');
            self.line(text, &signs, line);
        }
        self.drop_empty_lanes();
    }

    /// Removes free columns at the right end.
    fn drop_empty_lanes(&mut self) {
        while self.waiting.last().is_some_and(Option::is_none) {
            self.waiting.pop();
        }
    }

    fn lanes_to(&self, id: &str) -> Vec<usize> {
        let leads = |lane: &Option<String>| lane.as_deref() == Some(id);
        self.waiting.iter().enumerate().filter(|(_, lane)| leads(lane)).map(|(index, _)| index).collect()
    }

    fn free_lane(&mut self, from: usize) -> usize {
        let free = self.waiting.iter().enumerate().skip(from).find(|(_, lane)| lane.is_none());
        let index = free.map(|(index, _)| index);
        index.unwrap_or_else(|| {
            self.waiting.push(None);
            self.waiting.len() - 1
        })
    }

    fn fork(&mut self, column: usize, parent: &str) -> usize {
        let lane = self.free_lane(column + 1);
        self.waiting[lane] = Some(parent.to_owned());
        lane
    }

    /// One character per lane: `sign` at `column`, a vertical line in every lane that is in use.
    fn signs(&self, column: usize, sign: char) -> Vec<char> {
        let line = |lane: &Option<String>| if lane.is_some() { '│' } else { ' ' };
        let mut signs: Vec<char> = self.waiting.iter().map(line).collect();
        if let Some(place) = signs.get_mut(column) {
            *place = sign;
        }
        signs
    }

    /// Horizontal line from `column` to the right, to `lanes`: `last` is the corner at its end, `tee` joins the lanes
    /// before.
    fn bend(&self, column: usize, lanes: &[usize], last: char, tee: char) -> Vec<char> {
        let end = lanes.iter().copied().max().unwrap_or(column);
        let sign = |(index, lane): (usize, &Option<String>)| match index {
            index if index == column => '├',
            index if index == end => last,
            index if lanes.contains(&index) => tee,
            index if index > column && index < end => {
                if lane.is_some() {
                    '┼'
                } else {
                    '─'
                }
            }
            _ => {
                if lane.is_some() {
                    '│'
                } else {
                    ' '
                }
            }
        };
        self.waiting.iter().enumerate().map(sign).collect()
    }

    fn line(&self, text: &mut String, signs: &[char], words: &str) {
        let mut line = String::new();
        for (index, sign) in signs.iter().enumerate() {
            line.push(*sign);
            let next = signs.get(index + 1).copied().unwrap_or(' ');
            let joined =
                matches!(sign, '├' | '─' | '┼' | '┬' | '┴') && matches!(next, '─' | '┼' | '┬' | '┴' | '╯' | '╮');
            line.push(if joined { '─' } else { ' ' });
        }
        if !words.is_empty() {
            line.push(' ');
            line.push_str(words);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(id: &str, parents: &[&str]) -> GraphRow {
        let parents = parents.iter().map(ToString::to_string).collect();
        GraphRow { id: id.to_owned(), parents, sign: '●', text: vec![id.to_owned()] }
    }

    #[test]
    fn a_branch_point_and_its_merge_are_drawn_as_lines() {
        let rows = [row("m", &["a", "b"]), row("a", &["p"]), row("b", &["p"]), row("p", &["q"]), row("q", &[])];
        assert_eq!(draw(rows), "●  m\n├─╮\n● │  a\n│ ●  b\n├─╯\n●  p\n●  q\n");
    }

    #[test]
    fn independent_lines_stand_one_after_the_other() {
        assert_eq!(
            draw([row("b", &["a"]), row("a", &[]), row("y", &["x"]), row("x", &[])]),
            "●  b\n●  a\n●  y\n●  x\n"
        );
    }
}
