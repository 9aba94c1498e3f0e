//! What holds of any key in any of the forms.

use proptest::prelude::*;

use super::*;
use Encoding::*;

fn tails() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9a-f]{32}", "[A-Za-z0-9]{32}", "[A-Za-z0-9_-]{32}"].prop_filter("made up", |tail| {
        !placeholder::is_placeholder(tail.as_bytes()) && !identifier::is_identifier(tail.as_bytes())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_wraps_a_key_it_is_found(
        tail in tails(),
        forms in prop::collection::vec(prop::sample::select(&FORMS[..]), 1..=TRIED_DEPTH),
        inside in ("[ -~]{0,20}[ =:\"]", "[\" ;,][ -~]{0,20}"),
        around in ("[ -~\n]{0,90}", "[ -~\n]{0,90}"),
        size in 8_000usize..30_000,
    ) {
        let key = key(&tail);
        let mut wrapped = [inside.0.as_bytes(), key.as_bytes(), inside.1.as_bytes()].concat();
        for form in forms.iter().rev() {
            wrapped = form.wrap(&wrapped);
        }
        prop_assume!(wrapped.len() <= encoded::LONGEST);
        // UTF-16 of UTF-16 is UTF-32.
        let is_wide = |form: &Form| matches!(form, Form::Little | Form::Big | Form::Wide);
        prop_assume!(!forms.windows(2).any(|pair| pair.iter().all(is_wide)));
        let text = [around.0.as_bytes(), b"\n", &wrapped, b"\n", around.1.as_bytes()].concat();
        let begin = around.0.len() + 1;
        let all = found(&text);
        let of_key: Vec<_> = all.iter().filter(|(secret, ..)| *secret == key).collect();
        prop_assert_eq!(of_key.len(), 1, "{:?} {}", &all, String::from_utf8_lossy(&text));
        let (_, layers, span) = of_key[0];
        prop_assert!(begin <= span.start && span.end <= begin + wrapped.len());
        let expected: Vec<_> = forms.iter().map(|form| form.encoding()).collect();
        // With characters beside it that fit both, nobody can tell the one from the other.
        let alike: [&[Encoding]; 3] = [&[Base64, Base64Url], &[Utf16Le, Utf16Be], &[Utf32Le, Utf32Be]];
        let same = |(a, b): (&Encoding, &Encoding)| a == b || alike.iter().any(|kind| kind.contains(a) && kind.contains(b));
        prop_assert!(layers.len() == expected.len() && layers.iter().zip(&expected).all(same), "{:?} {:?}", layers, expected);
        // The same through windows, at an offset where the key goes over an edge, too.
        let far = [&b" some words of text,".repeat(size / 20)[..], &text].concat();
        let pieces = found_in_pieces(&far, 20_000);
        prop_assert_eq!(pieces.iter().filter(|(secret, ..)| *secret == key).count(), 1);
    }

    #[test]
    fn what_a_delta_brings_leads_to_an_encoded_key(
        tail in tails(),
        forms in prop::collection::vec(prop::sample::select(&FORMS[..]), 1..=2),
        inside in ("[ -~]{0,90}[ =:\"]", "[\" ;,][ -~]{0,90}"),
        around in ("[ -~\n]{0,90}", "[ -~\n]{0,90}"),
        (at, removed, added) in (0usize..1000, 0usize..9, "[ -~\n]{0,9}"),
        cuts in prop::collection::vec(0usize..1000, 0..4),
    ) {
        let key = key(&tail);
        let mut wrapped = [inside.0.as_bytes(), key.as_bytes(), inside.1.as_bytes()].concat();
        for form in forms.iter().rev() {
            wrapped = form.wrap(&wrapped);
        }
        let text = [around.0.as_bytes(), b"\n", &wrapped, b"\n", around.1.as_bytes()].concat();
        let is_wide = |form: &Form| matches!(form, Form::Little | Form::Big | Form::Wide);
        prop_assume!(!forms.windows(2).any(|pair| pair.iter().all(is_wide)));
        let span = found(&text).into_iter().find(|(secret, ..)| *secret == key).unwrap().2;
        // What was there before differs somewhere in the key or at its edge: so much of it was removed, and that was added.
        let first = (span.start + at % (span.len() + 1)).saturating_sub(removed / 2);
        let last = text.len().min(first + added.len());
        let (before, behind) = (&text[..first], &text[last..]);
        let removed = &b"~ ?|~ ?|"[..removed];
        let other_way = [behind, removed, before].concat();
        let straight = [before, removed, behind].concat();
        let copies = [
            (&straight, 0, before.len() + removed.len()),
            (&other_way, behind.len() + removed.len(), 0),
        ];
        for (base, start, end) in copies {
            // What held a key already is looked at whole.
            if !found(base).is_empty() {
                continue;
            }
            let copied = |from: usize, length: usize| -> Vec<u8> {
                let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (length + 1)).chain([0, length]).collect();
                at.sort_unstable();
                at.windows(2).filter(|cut| cut[0] < cut[1]).flat_map(|cut| copy(from + cut[0], cut[1] - cut[0])).collect()
            };
            let insert = [&[(last - first) as u8][..], &text[first..last]].concat();
            let insert = if first < last { insert } else { Vec::new() };
            let delta = [copied(start, before.len()), insert, copied(end, behind.len())].concat();
            let detector = detector();
            for (around, has_seams) in [(detector.around().unwrap(), true), (AROUND_ENCODED, false)] {
                let mut excerpt = crate::delta::Excerpt::default();
                let mut result = vec![0; text.len()];
                crate::delta::excerpt((base, &delta), text.len(), around, &mut excerpt, Some(&mut result)).unwrap();
                prop_assert_eq!(&result, &text);
                let seams = if has_seams { excerpt.seams() } else { &[] };
                let shown = String::from_utf8_lossy(excerpt.bytes());
                prop_assert!(detector.may_hold_in(excerpt.bytes(), seams), "{:?} {}", seams, shown);
            }
        }
    }

    #[test]
    fn windows_change_nothing(
        parts in prop::collection::vec(
            prop_oneof![
                tails().prop_map(|tail| Form::Base64.wrap(key(&tail).as_bytes())),
                (tails(), prop::sample::select(&FORMS[..])).prop_map(|(tail, form)| form.wrap(key(&tail).as_bytes())),
                "[ -~]{0,40}".prop_map(String::into_bytes),
                "[A-Za-z0-9+/]{0,200}".prop_map(String::into_bytes),
                "[ \n\"=%&]{1,3}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..60),
            ],
            0..60,
        ),
        size in 300usize..4_000,
    ) {
        let text = parts.concat();
        let key_of = |found: Vec<Finding>| found.into_iter().map(|(secret, _, span)| (secret, span)).collect::<Vec<_>>();
        prop_assert_eq!(key_of(found_in_pieces(&text, size)), key_of(found(&text)));
    }
}

/// How many layers are tried: all that are taken off.
const TRIED_DEPTH: usize = encoded::DEPTH;
