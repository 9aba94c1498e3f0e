//! Objects that later ones may be deltas of.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Kind;

/// How many bytes are kept.
pub(super) const MOST_KEPT: u64 = 24 << 20;

/// What keeping an object takes besides its bytes, and a little more.
const OVERHEAD: u64 = 256;

/// An object.
pub(super) struct Base {
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
}

/// The last objects of a pack, as many as there is room for.
#[derive(Default)]
pub(super) struct Bases {
    /// By where they begin.
    kept: BTreeMap<u64, (Option<ObjectId>, Rc<Base>)>,
    places: HashMap<ObjectId, u64>,
    bytes: u64,
}

impl Bases {
    pub(super) fn at(&self, place: u64) -> Option<Rc<Base>> {
        self.kept.get(&place).map(|(_, base)| Rc::clone(base))
    }

    pub(super) fn named(&self, name: &ObjectId) -> Option<Rc<Base>> {
        self.at(*self.places.get(name)?)
    }

    /// Keeps an object; the oldest ones make room for it.
    pub(super) fn keep(&mut self, place: u64, name: Option<ObjectId>, base: Base) {
        self.bytes += base.data.len() as u64 + OVERHEAD;
        self.places.extend(name.map(|name| (name, place)));
        self.kept.insert(place, (name, Rc::new(base)));
        while self.bytes > MOST_KEPT {
            let Some((_, (name, oldest))) = self.kept.pop_first() else { break };
            self.bytes -= oldest.data.len() as u64 + OVERHEAD;
            if let Some(name) = name {
                self.places.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object that takes so much room.
    fn base(room: u64) -> Base {
        Base { kind: Kind::Blob, data: vec![0; (room - OVERHEAD) as usize] }
    }

    #[test]
    fn the_oldest_make_room() {
        const MIB: u64 = 1 << 20;
        let name = |number: u8| ObjectId::from([number; 20]);
        let mut bases = Bases::default();
        (1..=3).for_each(|number| bases.keep(number.into(), Some(name(number)), base(8 * MIB)));
        let kept = |bases: &Bases| (1..=5).filter(|place| bases.at(*place).is_some()).collect::<Vec<_>>();
        assert_eq!(kept(&bases), [1, 2, 3], "24 MiB are kept");
        assert!(bases.named(&name(1)).is_some());
        bases.keep(4, Some(name(4)), base(OVERHEAD));
        assert_eq!(kept(&bases), [2, 3, 4], "and nothing more");
        assert!(bases.named(&name(1)).is_none() && bases.named(&name(4)).is_some());
        bases.keep(5, None, base(16 * MIB));
        assert_eq!(kept(&bases), [4, 5]);
        bases.keep(6, None, base(24 * MIB + 1));
        assert_eq!((kept(&bases), bases.bytes), (vec![], 0));
    }
}
