//! However a container's bytes come, as a file's or as a pipe's few at a time, the same comes out of it.

use super::*;

/// Gives bytes so many at a time, and counts them as the pipeline does.
struct Dribble<'d> {
    bytes: &'d [u8],
    piece: usize,
    budget: &'d Budget,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.len().min(buffer.len()).min(self.piece);
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        self.budget.read(count as u64);
        Ok(count)
    }
}

/// Notes how much of each member is read, and what is wrong.
struct Notes<'b> {
    budget: &'b Budget,
    all: Vec<String>,
}

impl Visitor for Notes<'_> {
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 1000]);
        let outcome = loop {
            let read = content.read(&mut buffer);
            match read.and_then(|read| self.budget.spend(read as u64).map(|()| read)) {
                Ok(0) => break None,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                Err(error) => break trouble(&error),
            }
        };
        self.all.push(format!(
            "{} {} {:08x} {outcome:?}",
            member.name.escape_ascii(),
            bytes.len(),
            crc32fast::hash(&bytes)
        ));
        !self.budget.is_over()
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        self.all.push(format!("{member:?} {trouble:?}"));
    }
}

fn notes(bytes: &[u8], piece: usize) -> Option<Vec<String>> {
    let limits = Limits { ratio: 50, ratio_from: 4 << 10, time: Duration::from_secs(3600), ..Limits::default() };
    let budget = Budget::new(limits);
    let mut notes = Notes { budget: &budget, all: Vec::new() };
    let outcome = read(sniff(bytes)?, &mut Dribble { bytes, piece, budget: &budget }, &budget, &mut notes);
    notes.all.push(format!("{:?}", outcome.err().as_ref().and_then(trouble)));
    Some(notes.all)
}

#[test]
fn what_is_broken_or_too_much_is_read_just_as_far() {
    let zeros = vec![0; 20_000];
    let noise: Vec<u8> = text().into_iter().cycle().take(4000).collect();
    // So small that what comes behind them decides whether they are too much.
    let members: [pack::Member<'_>; 3] = [(b"zeros", &zeros), (b"noise", &noise), (b"more zeros", &zeros)];
    let grown = [0, 8, 12].map(|method| ("growing", pack::zip(&members, method, Sizes::Before)));
    for (name, packed) in examples().into_iter().chain(grown).chain([("zeros", pack::gzip(&zeros))]) {
        for at in (packed.len() / 3..packed.len()).step_by(packed.len() / 9) {
            let mut broken = packed.clone();
            broken[at] ^= 0x5a;
            for bytes in [&packed[..], &broken, &packed[..at]] {
                let whole = notes(bytes, usize::MAX);
                for piece in [1, 7, 100] {
                    assert_eq!(notes(bytes, piece), whole, "{name} at {at} in pieces of {piece}");
                }
            }
        }
    }
}
