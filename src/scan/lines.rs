//! Counts lines and columns while a content goes by.

use super::text::Text;

/// A position in a content: line and column from 1, columns in Unicode code points. Bytes that are no UTF-8 count as the
/// replacement characters that a lossy decoding would put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) line: u64,
    pub(super) column: u64,
    /// The column in UTF-16 code units, which SARIF counts in.
    pub(super) utf16_column: u64,
    /// The offset in the content that this is the position of.
    offset: u64,
    text: Text,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { line: 1, column: 1, utf16_column: 1, offset: 0, text: Text::Bytes }
    }
}

impl Lines {
    /// Counts in characters of `text` from the beginning of the content on.
    pub(super) fn read_as(&mut self, text: Text) {
        self.text = text;
    }

    /// Goes on to the offset `to` of the content; `window` begins at the offset `start`, and holds all in between. `to` has
    /// to be where a character begins.
    pub(super) fn advance(&mut self, window: &[u8], start: u64, to: u64) {
        let to = to - to % self.text.width() as u64;
        debug_assert!(start <= self.offset && self.offset <= to, "the window holds what is counted");
        let (from, until) = ((self.offset - start) as usize, (to - start) as usize);
        let passed = &window[from..until];
        if self.text != Text::Bytes {
            self.pass_units(passed);
            self.offset = to;
            return;
        }
        let mut on_line = passed;
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            (self.column, self.utf16_column) = (1, 1);
            on_line = &passed[last + 1..];
        }
        let (code_points, units) = width(on_line);
        self.column += code_points;
        self.utf16_column += units;
        self.offset = to;
    }

    /// Counts the units of a text of UTF-16 or UTF-32. A byte-order mark is no column.
    fn pass_units(&mut self, passed: &[u8]) {
        let is_first = self.offset == 0;
        for (at, unit) in passed.chunks_exact(self.text.width()).enumerate() {
            match self.text.value(unit) {
                0xfeff if is_first && at == 0 => {}
                0x0a => {
                    self.line += 1;
                    (self.column, self.utf16_column) = (1, 1);
                }
                value => {
                    // The second half of a pair belongs to the first.
                    self.column += u64::from(!(0xdc00..0xe000).contains(&value));
                    self.utf16_column += 1 + u64::from(value > 0xffff);
                }
            }
        }
    }

    /// Goes on to the last place at or before `to` where a character surely begins.
    pub(super) fn advance_near(&mut self, window: &[u8], start: u64, to: u64) {
        if self.text != Text::Bytes {
            return self.advance(window, start, to);
        }
        let end = (to - start) as usize;
        let is_continuation = |byte: u8| byte & 0xc0 == 0x80;
        // After three bytes that continue a character, none is still open.
        let back =
            (0..=3).find(|&back| end > back && window.get(end - back).is_some_and(|&byte| !is_continuation(byte)));
        let to = to - back.unwrap_or(0) as u64;
        if to > self.offset {
            self.advance(window, start, to);
        }
    }
}

/// How many code points and how many UTF-16 code units a text has.
fn width(bytes: &[u8]) -> (u64, u64) {
    if bytes.is_ascii() {
        return (bytes.len() as u64, bytes.len() as u64);
    }
    bytes.utf8_chunks().fold((0, 0), |(points, units), chunk| {
        let replaced = u64::from(!chunk.invalid().is_empty());
        let chars = chunk.valid().chars();
        let (of_points, of_units) = chars.fold((0, 0), |(points, units), c| (points + 1, units + c.len_utf16() as u64));
        (points + of_points + replaced, units + of_units + replaced)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = "a\nbé€😀c\r\nd".as_bytes();
        let cases = [
            (0, 1, 1, 1),
            (1, 1, 2, 2),
            (2, 2, 1, 1),
            (3, 2, 2, 2),
            (5, 2, 3, 3),
            (8, 2, 4, 4),
            (12, 2, 5, 6),
            (15, 3, 1, 1),
        ];
        for (offset, line, column, utf16_column) in cases {
            let mut lines = Lines::default();
            lines.advance(text, 0, offset);
            assert_eq!((lines.line, lines.column, lines.utf16_column), (line, column, utf16_column), "{offset}");
        }
    }

    #[test]
    fn wide_text_is_counted_in_its_own_characters() {
        let text = "\u{feff}a\nbé😀c\r\nd";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (offset, line, column, utf16_column) in [
            (0, 1, 1, 1),
            (2, 1, 1, 1),
            (4, 1, 2, 2),
            (6, 2, 1, 1),
            (10, 2, 3, 3),
            (14, 2, 4, 5),
            (20, 3, 1, 1),
            (21, 3, 1, 1),
        ] {
            let mut lines = Lines::default();
            lines.read_as(Text::Utf16 { is_big: false });
            lines.advance_near(&wide, 0, offset / 2);
            lines.advance(&wide, 0, offset);
            assert_eq!((lines.line, lines.column, lines.utf16_column), (line, column, utf16_column), "{offset}");
        }
    }

    proptest! {
        /// However a content is cut into windows, the position before an ASCII character is that of a lossy decoding.
        #[test]
        fn windows_change_nothing(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), 0x80u8..0xf8], 0..200), cut in 0usize..200) {
            let mut text = bytes.clone();
            text.push(b'x');
            let mut lines = Lines::default();
            lines.advance_near(&text, 0, cut.min(bytes.len()) as u64);
            lines.advance(&text, 0, bytes.len() as u64);
            let decoded = String::from_utf8_lossy(&bytes).into_owned();
            let line = decoded.matches('\n').count() as u64 + 1;
            let column = decoded.rsplit('\n').next().unwrap_or("").chars().count() as u64 + 1;
            let units = decoded.rsplit('\n').next().unwrap_or("").encode_utf16().count() as u64 + 1;
            prop_assert_eq!((lines.line, lines.column, lines.utf16_column), (line, column, units));
        }
    }
}
