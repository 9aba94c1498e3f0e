//! Numbers of seven bits a byte, the lowest first, as many formats have them: a byte's highest bit says that another one follows.

/// The number that the bytes from `next` begin with; none if it does not end within 64 bits.
///
/// # Errors
/// Those of `next`.
pub(super) fn unsigned<E>(mut next: impl FnMut() -> Result<u8, E>) -> Result<Option<u64>, E> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The number below zero or above that one stands for whose lowest bit is the sign.
pub(super) fn signed(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_highest_bit_is_not_set() {
        let read = |mut bytes: &[u8]| {
            let number = unsigned(|| bytes.split_off_first().copied().ok_or("cut off"));
            (number, bytes.len())
        };
        assert_eq!(read(b"\x05more"), (Ok(Some(5)), 4));
        assert_eq!(read(b"\xac\x02"), (Ok(Some(300)), 0));
        assert_eq!(read(&[&[0xff; 9][..], &[1]].concat()), (Ok(Some(u64::MAX)), 0));
        assert_eq!(read(b"\x80"), (Err("cut off"), 0));
        assert_eq!(read(&[0xff; 12]), (Ok(None), 2));
        assert_eq!([0, 1, 2, 3, 80, u64::MAX].map(signed), [0, -1, 1, -2, 40, i64::MIN]);
    }
}
