//! Parts of HDF5 files: lists of filters and chunks, without what leads to them.

/// A filter's number, its name, and what it is given.
pub type Filter<'f> = (u16, &'f str, &'f [u32]);

/// What a file begins with, with where it ends, and these parts.
pub fn file(parts: &[&[u8]]) -> Vec<u8> {
    let mut file = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0".to_vec();
    file.resize(40, 0);
    let parts = parts.concat();
    file.extend((48 + parts.len() as u64).to_le_bytes());
    [file, parts].concat()
}

/// A message with a list of filters, in the first version or the second, behind a header of an object's of that version.
pub fn list(is_old: bool, filters: &[Filter<'_>]) -> Vec<u8> {
    let mut body = if is_old { vec![1, filters.len() as u8, 0, 0, 0, 0, 0, 0] } else { vec![2, filters.len() as u8] };
    for &(id, name, numbers) in filters {
        let has_name = is_old || id >= 256;
        let name = if has_name { name } else { "" };
        body.extend(id.to_le_bytes());
        if has_name {
            body.extend((name.len() as u16).to_le_bytes());
        }
        body.extend([1, 0]);
        body.extend((numbers.len() as u16).to_le_bytes());
        body.extend(name.bytes());
        if is_old {
            body.resize(body.len().next_multiple_of(8), 0);
        }
        body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        if is_old {
            body.resize(body.len().next_multiple_of(8), 0);
        }
    }
    let [low, high] = (body.len() as u16).to_le_bytes();
    let header: &[u8] = if is_old { &[0x0b, 0, low, high, 1, 0, 0, 0] } else { &[0x0b, low, high, 1] };
    [header, &body].concat()
}

/// Texts in elements of this size, all first bytes, then all second ones.
pub fn shuffled(texts: &[String], size: usize) -> Vec<u8> {
    let byte = |at: usize, text: &String| text.as_bytes().get(at).copied().unwrap_or(0);
    (0..size).flat_map(|at| texts.iter().map(move |text| byte(at, text))).collect()
}
