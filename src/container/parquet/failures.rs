//! What is wrong with pages that cannot be handed over: where it is the same of many, as in a file that is compressed by Brotli, it is told once.

use crate::container::{Trouble, Visitor};

/// How many different things are noted; further ones are told of each page.
const MOST: usize = 16;

/// Each thing that is wrong, with the first page of which it is, and how many more there are.
#[derive(Default)]
pub(super) struct Failures(Vec<(Trouble, String, u64)>);

impl Failures {
    /// Notes what is wrong with a page of this name.
    pub(super) fn note(&mut self, page: &str, trouble: Trouble, visitor: &mut dyn Visitor) {
        if let Some((.., more)) = self.0.iter_mut().find(|(known, ..)| *known == trouble) {
            *more += 1;
        } else if self.0.len() < MOST {
            self.0.push((trouble, page.to_owned(), 0));
        } else {
            visitor.trouble(Some(page.as_bytes()), trouble);
        }
    }

    /// Tells all that was noted.
    pub(super) fn tell(self, visitor: &mut dyn Visitor) {
        for (mut trouble, page, more) in self.0 {
            match more {
                0 => {}
                1 => trouble.message.push_str("; the same of one more page of the file"),
                _ => trouble.message.push_str(&format!("; the same of {more} more pages of the file")),
            }
            visitor.trouble(Some(page.as_bytes()), trouble);
        }
    }
}
