//! Puts an object of a pack together from another one.

/// What `delta` makes of `base`, if that is no longer than `most`; none if the delta is broken or of another object.
pub(super) fn apply(base: &[u8], delta: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut rest = delta;
    let (of, size) = (number(&mut rest)?, number(&mut rest)?);
    if of != base.len() as u64 || size > most {
        return None;
    }
    let mut made = Vec::new();
    while let Some((&code, behind)) = rest.split_first() {
        rest = behind;
        let text = if code & 0x80 == 0 {
            let (text, behind) = rest.split_at_checked(usize::from(code)).filter(|_| code != 0)?;
            rest = behind;
            text
        } else {
            let mut field = |bits: u8, count: usize| {
                (0..count).try_fold(0usize, |value, byte| {
                    if bits & (1 << byte) == 0 {
                        return Some(value);
                    }
                    let (&next, behind) = rest.split_first()?;
                    rest = behind;
                    Some(value | usize::from(next) << (8 * byte))
                })
            };
            let start = field(code, 4)?;
            let length = field(code >> 4, 3)?;
            let length = if length == 0 { 1 << 16 } else { length };
            base.get(start..start.checked_add(length)?)?
        };
        if (made.len() + text.len()) as u64 > size {
            return None;
        }
        made.extend_from_slice(text);
    }
    (made.len() as u64 == size).then_some(made)
}

/// A number of seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_applied_and_broken_ones_refused() {
        let base = b"0123456789";
        assert_eq!(apply(base, &[10, 7, 0x91, 2, 4, 3, b'a', b'b', b'c'], 100).unwrap(), b"2345abc");
        let broken: [&[u8]; 7] =
            [&[], &[9, 1, 1, b'x'], &[10, 2, 1, b'x'], &[10, 1, 0], &[10, 4, 0x91, 8, 4], &[10, 200, 1], &[0x80; 20]];
        for delta in broken {
            assert_eq!(apply(base, delta, 100), None, "{delta:?}");
        }
        assert_eq!(apply(base, &[10, 101, 0x90, 101], 100), None);
    }
}
