//! Compressed bytes whose length is known, and that streams fill to their end: one, or several behind each other.

use std::io::{self, Read};

use super::budget::Budget;
use super::decode::{Decoder, Method};
use super::input::Part;
use super::trouble::{Alarm, broken};

/// How many bytes a checksum of zlib has.
const CHECKSUM: u64 = 4;

/// Reads what comes out of the streams in a part of an input.
pub(super) struct Filled<'b, 'i, 'r> {
    method: Method,
    budget: &'b Budget,
    alarm: Alarm,
    /// The stream at hand, and how many bytes were left where it began; none behind the last.
    decoder: Option<(Decoder<'b, Part<'i, 'r>>, u64)>,
}

impl<'b, 'i, 'r> Filled<'b, 'i, 'r> {
    /// Those of a part of an input whose `alarm` this is.
    ///
    /// # Errors
    /// The first of them cannot be decoded.
    pub(super) fn new(method: Method, part: Part<'i, 'r>, alarm: Alarm, budget: &'b Budget) -> io::Result<Self> {
        let left = part.left();
        let decoder = Decoder::new(method, part, alarm.clone(), budget)?;
        Ok(Filled { method, budget, alarm, decoder: Some((decoder, left)) })
    }
}

impl Read for Filled<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some((decoder, _)) = &mut self.decoder {
            let read = decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            if let Some((decoder, before)) = self.decoder.take() {
                let part = decoder.into_source();
                let left = part.left();
                if left == 0 {
                    break;
                }
                // Deflate alone has nothing that shows that more of it follows; some writers leave zlib's checksum behind it.
                if self.method == Method::Deflate && left <= CHECKSUM {
                    break;
                }
                if self.method == Method::Deflate || left == before {
                    return Err(broken("bytes follow its end that are no part of it"));
                }
                let next = Decoder::new(self.method, part, self.alarm.clone(), self.budget)?;
                self.decoder = Some((next, left));
            }
        }
        Ok(0)
    }
}
