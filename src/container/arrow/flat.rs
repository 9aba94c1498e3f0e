//! FlatBuffers, as far as Arrow's messages need them: tables whose fields are found by their numbers, and vectors (FlatBuffers internals).
//!
//! Places lead anywhere; each is looked up where it leads to, and what is not there is none.

/// A table.
#[derive(Clone, Copy)]
pub(super) struct Table<'b> {
    bytes: &'b [u8],
    at: usize,
    /// What says where its fields are.
    fields: &'b [u8],
}

impl<'b> Table<'b> {
    /// The one that a buffer holds.
    pub(super) fn root(bytes: &'b [u8]) -> Option<Self> {
        Table::of(bytes, number(bytes, 0)? as usize)
    }

    fn of(bytes: &'b [u8], at: usize) -> Option<Self> {
        /// The sizes in front of the places of fields.
        const SIZES: usize = 4;
        let back = i64::from(number(bytes, at)? as i32);
        let begin = usize::try_from(i64::try_from(at).ok()?.checked_sub(back)?).ok()?;
        let size = usize::from(u16::from_le_bytes(*bytes.get(begin..)?.first_chunk()?));
        Some(Table { bytes, at, fields: bytes.get(begin.checked_add(SIZES)?..begin.checked_add(size)?)? })
    }

    /// Where a field is; none if it has its default.
    fn place(&self, field: usize) -> Option<usize> {
        let place = u16::from_le_bytes(*self.fields.get(2 * field..)?.first_chunk()?);
        if place == 0 { None } else { self.at.checked_add(usize::from(place)) }
    }

    /// Where what a field names is.
    fn target(&self, field: usize) -> Option<usize> {
        let place = self.place(field)?;
        place.checked_add(number(self.bytes, place)? as usize)
    }

    /// A field of one byte; its default is zero.
    pub(super) fn byte(&self, field: usize) -> Option<u8> {
        self.place(field).map_or(Some(0), |place| self.bytes.get(place).copied())
    }

    /// A field of eight bytes; its default is zero.
    pub(super) fn long(&self, field: usize) -> Option<i64> {
        let read = |place| Some(i64::from_le_bytes(*self.bytes.get(place..)?.first_chunk()?));
        self.place(field).map_or(Some(0), read)
    }

    /// Whether a field has something else than its default.
    pub(super) fn has(&self, field: usize) -> bool {
        self.place(field).is_some()
    }

    pub(super) fn table(&self, field: usize) -> Option<Self> {
        Table::of(self.bytes, self.target(field)?)
    }

    /// The bytes of a vector whose elements have `width` bytes each; empty if the field has its default.
    pub(super) fn vector(&self, field: usize, width: usize) -> Option<&'b [u8]> {
        if !self.has(field) {
            return Some(&[]);
        }
        let target = self.target(field)?;
        let count = number(self.bytes, target)? as usize;
        let begin = target.checked_add(4)?;
        self.bytes.get(begin..begin.checked_add(count.checked_mul(width)?)?)
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
