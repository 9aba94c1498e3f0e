//! Tables of LevelDB: whatever is in a block is read, and what is none is told.

use super::data::raw_snappy;
use super::datafiles::Contents;
use super::leveldb_tables::{block, end, table, table_of};
use super::*;

const ENTRIES: [(&[u8], &[u8]); 3] = [(b"shop:1:key", b"one"), (b"shop:1:name", b""), (b"shop:2", b"three")];
const LINES: &str = "shop:1:key\none\nshop:1:name\n\nshop:2\nthree\n";

fn all(mut bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut contents, budget) = (Contents::default(), Budget::new(Limits::default()));
    let error = read(Format::LevelDb, &mut bytes, &budget, &mut contents).err();
    let Contents(members, mut troubles) = contents;
    troubles.extend(error.as_ref().and_then(trouble).map(|trouble| (None, trouble.message)));
    let text = |(_, bytes): (String, Vec<u8>)| String::from_utf8_lossy(&bytes).into_owned();
    (members.into_iter().map(text).collect(), troubles.into_iter().map(|(_, told)| told).collect())
}

#[test]
fn keys_and_values_stand_on_lines_of_their_own() {
    for table in [table(&ENTRIES, 0, <[u8]>::to_vec), table(&ENTRIES, 1, raw_snappy)] {
        assert_eq!(ends_as(&table, &table), Some(Format::LevelDb));
        assert_eq!(ends_as(b"", &table[table.len() - 48..]), Some(Format::LevelDb));
        assert_eq!(all(&table), (vec![LINES.to_owned()], vec![]));
        assert!(may_end_one(&table) && !may_end_one(&table[..table.len() - 1]));
        assert_eq!(sniff(&table), None);
    }
    let text = "a value ".repeat(9000);
    let blocks: Vec<_> = (0..3).map(|_| (raw_snappy(&block(&[(b"key", text.as_bytes())])), 1)).collect();
    assert_eq!(all(&table_of(&blocks)).0, vec![format!("key\n{text}\n"); 3]);
}

#[test]
fn what_is_no_table_is_none() {
    let sound = table(&ENTRIES, 0, <[u8]>::to_vec);
    for table in [&sound[..sound.len() - 1], &sound[sound.len() - 47..], b""] {
        assert_eq!(ends_as(table, table), None);
        assert_eq!(all(table).1, ["it does not end as a table of LevelDB"]);
    }
    // What fills the end up is zeros.
    let mut filled = sound.clone();
    let length = filled.len();
    filled[length - 9] = 1;
    assert_eq!(ends_as(&filled, &filled), None);
    let rocks = [b"block", &0x88e2_41b7_85f4_cff7_u64.to_le_bytes()[..]].concat();
    assert_eq!(ends_as(b"", &rocks), Some(Format::Unread("a table of RocksDB")));
    assert!(may_end_one(&rocks));
}

#[test]
fn what_is_broken_in_a_table_is_told() {
    let unknown = table(&ENTRIES, 9, <[u8]>::to_vec);
    assert_eq!(all(&unknown), (vec![], vec!["it is compressed in a way that gridleaks cannot open".to_owned()]));
    let broken = table(&ENTRIES, 1, <[u8]>::to_vec);
    assert_eq!(all(&broken).1.len(), 1);
    // An entry that shares more than there is; what was read before counts.
    let mut entries = block(&ENTRIES);
    let at = memchr::memmem::find(&entries, b"\x05\x01\x05").unwrap();
    entries[at] = 99;
    let (members, troubles) = all(&table_of(&[(entries.clone(), 0), (block(&ENTRIES), 0)]));
    assert_eq!(members, ["shop:1:key\none\nshop:1:name\n\n", LINES]);
    assert_eq!(troubles, ["an entry in it is broken: what follows may be lost"]);
    for block in [&entries[..3], &[0xff; 8]] {
        assert_eq!(all(&table_of(&[(block.to_vec(), 0)])).1, ["an entry in it is broken: what follows may be lost"]);
    }
    // An index that is not there, and one that leads nowhere.
    for handles in [&b"\0\0\xff\xff\x03\x01"[..], b"\0\0\0\xff\xff\x03"] {
        let mut table = vec![0; 99];
        end(&mut table, handles);
        assert_eq!(all(&table).1, ["its index leads to what is no block"]);
    }
}

#[test]
fn a_table_has_a_length() {
    let most = 24 << 20;
    let sound = table(&ENTRIES, 0, <[u8]>::to_vec);
    for (length, is_told) in [(most, false), (most + 1, true)] {
        // What nothing leads to may stand between the blocks and the end.
        let (blocks, end) = sound.split_at(sound.len() - 48);
        let long = [blocks, &vec![0; length - sound.len()], end].concat();
        let (members, troubles) = all(&long);
        assert_eq!((members.len(), troubles.len()), if is_told { (0, 1) } else { (1, 0) }, "{troubles:?}");
        assert!(!is_told || troubles[0].contains("no more than 24 MiB"));
    }
}
