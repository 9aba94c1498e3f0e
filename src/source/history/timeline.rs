//! How something came, went and came back to one place in HEAD's history.

/// What one commit of HEAD's history did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    /// Its rank: parents come before their children.
    pub(crate) rank: u32,
    pub(crate) commit: u32,
    pub(crate) what: What,
}

/// What a commit did to the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// It has it, and no parent has.
    Brought,
    /// All parents have it, and it has not.
    Gone,
    /// Some of the parents have it, and it has not.
    LeftOut,
}

/// What commits did.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// The latest that brought it or took it away, by their ranks.
    latest: Vec<Event>,
    /// The last one that took it away or left it out.
    gone: Option<Event>,
}

/// How many are kept: somebody may have made a history that goes to and fro all the time.
const MOST: usize = 16;

impl Timeline {
    /// Notes an event, in whatever order they are met.
    pub(crate) fn note(&mut self, event: Event) {
        if event.what != What::Brought {
            self.gone = self.gone.max(Some(event));
        }
        let latest = &mut self.latest;
        let place = latest.partition_point(|known| *known < event);
        let is_known = latest.get(place) == Some(&event) || place == 0 && latest.len() >= MOST;
        // A merge with whatever has it still tells nothing of when it went, and there may be any number of them.
        if event.what == What::LeftOut || is_known {
            return;
        }
        latest.insert(place, event);
        if latest.len() > MOST {
            latest.remove(0);
        }
    }

    /// Whether no commit did anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.latest.is_empty() && self.gone.is_none()
    }

    /// The last commit that took it away and after which it did not come back. If there is none, it came back on a branch of which nothing
    /// was taken when it was merged, or never was anywhere else: then the last commit that took it away or left it out.
    pub(crate) fn gone(&self) -> Option<u32> {
        let is_back = |at: usize| self.latest.get(at + 1).is_some_and(|next| next.what == What::Brought);
        let mut latest = self.latest.iter().enumerate().rev();
        let for_good = latest.find(|(at, event)| event.what == What::Gone && !is_back(*at)).map(|(_, event)| *event);
        for_good.or(self.gone).map(|event| event.commit)
    }

    /// The commits that took it away and those that brought it back, the first ones first. Of several in a row that did the same, as
    /// on branches that were merged, the last that took it away and the first that brought it.
    pub(crate) fn returns(&self) -> impl Iterator<Item = (u32, u32)> {
        self.latest
            .windows(2)
            .filter(|pair| pair[0].what == What::Gone && pair[1].what == What::Brought)
            .map(|pair| (pair[0].commit, pair[1].commit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events that a text spells: `+` for one that brings, `-` for one that takes away, `~` for one that leaves out, in the order of
    /// their ranks.
    fn timeline(text: &str, is_backwards: bool) -> Timeline {
        let what = |byte| match byte {
            b'+' => What::Brought,
            b'-' => What::Gone,
            _ => What::LeftOut,
        };
        let events = (0..).zip(text.bytes());
        let mut list: Vec<_> =
            events.map(|(rank, byte)| Event { rank, commit: 100 + rank, what: what(byte) }).collect();
        if is_backwards {
            list.reverse();
        }
        let mut timeline = Timeline::default();
        list.into_iter().for_each(|event| timeline.note(event));
        timeline
    }

    #[test]
    fn the_order_in_which_commits_are_met_is_no_matter() {
        let long = "+-".repeat(20);
        let last: Vec<_> = (125..139).step_by(2).map(|at| (at, at + 1)).collect();
        let brought = "+-".to_owned() + &"+".repeat(20);
        let merged = "+-".to_owned() + &"~".repeat(20);
        // As many as are kept, and two more.
        let (all, more) = ("-+".repeat(8), "-+".repeat(9));
        let pairs = |from: u32| (0..8).map(|pair| (from + 2 * pair, from + 2 * pair + 1)).collect::<Vec<_>>();
        for (text, gone, returns) in [
            ("", None, vec![]),
            ("+", None, vec![]),
            ("+-", Some(101), vec![]),
            ("+-+", Some(101), vec![(101, 102)]),
            ("++--++", Some(102), vec![(103, 104)]),
            ("+--+", Some(101), vec![(102, 103)]),
            ("+-+-", Some(103), vec![(101, 102)]),
            (&long, Some(139), last),
            (&all, Some(114), pairs(100)),
            (&more, Some(116), pairs(102)),
            (&brought, Some(101), vec![]),
            ("+~", Some(101), vec![]),
            ("+~~+~", Some(104), vec![]),
            ("+-~~", Some(101), vec![]),
            (&merged, Some(101), vec![]),
            ("+-+~", Some(103), vec![(101, 102)]),
            ("+~+-", Some(103), vec![]),
        ] {
            for is_backwards in [false, true] {
                let timeline = timeline(text, is_backwards);
                assert_eq!(
                    (timeline.gone(), timeline.returns().collect::<Vec<_>>()),
                    (gone, returns.clone()),
                    "{text}"
                );
            }
        }
    }
}
