//! The parts of a link, and the data that old links depend on.
#![allow(clippy::unwrap_used)] // A test may panic.

use app_mesh_engine::control_plane::{Env, Timestamp};
use proptest::prelude::*;

use super::*;

/// Returns a link with a payload that no page would create.
fn forged(payload: &[u8]) -> String {
    let mut bytes = checksum(payload).to_vec();
    squeeze::deflate(payload, &mut bytes);
    ["1.", &base64::encode(&bytes, base64::FOR_ADDRESSES)].concat()
}

#[test]
fn the_dictionary_of_version_1_is_as_it_was() {
    // Every existing link was created with these bytes. A different dictionary requires a new version.
    assert_eq!(squeeze::DICTIONARY.len(), 13_850);
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in squeeze::DICTIONARY {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    assert_eq!(hash, HASH);
}

/// FNV-1a, 64 bits, of the dictionary.
const HASH: u64 = 11_636_328_454_091_402_249;

#[test]
fn base64_is_that_of_the_rfc() {
    // RFC 4648, section 10, without padding, and the two characters that differ.
    let cases: &[(&[u8], &str)] = &[
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"fooba", "Zm9vYmE"),
        (b"foobar", "Zm9vYmFy"),
        (&[0xfb, 0xff], "-_8"),
    ];
    for (bytes, text) in cases {
        assert_eq!(base64::encode(bytes, base64::FOR_ADDRESSES), *text);
        assert_eq!(base64::decode(text).as_deref(), Ok(*bytes));
    }
    for (text, place) in [("Zm9v!", 4), ("+", 0), ("ab/c", 2), ("abc=", 3), ("aä", 1)] {
        assert_eq!(base64::decode(text), Err(place));
    }
}

#[test]
fn a_payload_that_would_not_end_is_refused_at_the_limit() {
    let bomb = forged(&vec![b' '; 100 * MAX_PAYLOAD]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_eq!(open(&bomb), Err(LinkError::TooLarge));
    // One byte more than the limit; and exactly the limit, which is then not JSON.
    assert_eq!(open(&forged(&vec![b' '; MAX_PAYLOAD + 1])), Err(LinkError::TooLarge));
    assert!(matches!(open(&forged(&vec![b' '; MAX_PAYLOAD])), Err(LinkError::Syntax(_))));
    assert_eq!(open(&["1.", &"A".repeat(MAX_READ + 1)].concat()), Err(LinkError::TooLong));
}

#[test]
fn what_is_wrong_with_a_link_is_told() {
    let deep = ["{\"document\":", &"[".repeat(100_000)].concat();
    let long = format!("{{\"document\":[{}0]}}", "0,".repeat(120_000));
    let twice = "{\"document\":{},\"document\":{}}";
    let wrong_panel = "{\"document\":{},\"view\":{\"panel\":7}}";
    let bad_seed = "{\"document\":{\"format\":\"mesh-playground\",\"version\":1},\"seed\":\"x\"}";
    let cases: &[(&str, &str)] = &[
        ("", "no version"),
        ("1", "no version"),
        ("abc", "no version"),
        ("0.abc", "no version"),
        ("-1.abc", "no version"),
        ("x.abc", "no version"),
        ("2.abc", "version 2, this page reads up to 1; reload"),
        ("99999999999999999999.abc", "no version"),
        ("1.", "cut off or changed"),
        ("1.abc", "cut off or changed"),
        ("1.a%20c", "character 4 of the link"),
        ("1.ä", "character 3 of the link"),
        (&forged(b""), "cannot be read"),
        (&forged(b"\xff\xfe"), "cut off or changed"),
        (&forged(b"nothing"), "cannot be read"),
        (&forged(b"[]"), "wrong"),
        (&forged(b"{}"), "document"),
        (&forged(deep.as_bytes()), "64 levels"),
        (&forged(long.as_bytes()), "version"),
        (&forged(twice.as_bytes()), "twice"),
        (&forged(wrong_panel.as_bytes()), "view.panel"),
        (&forged(bad_seed.as_bytes()), "seed"),
        (&forged(b"{\"document\":{\"version\":9}}"), "version 9"),
        (&forged(b"{\"document\":{\"version\":1,\"resources\":[{\"uid\":7},8]}}"), "wrong"),
    ];
    for (link, expected) in cases {
        let error = open(link).unwrap_err().to_string();
        assert!(error.contains(expected), "{link}: {error}");
    }
}

proptest! {
    #[test]
    fn what_is_squeezed_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..3000), again in 1_usize..40) {
        let bytes = bytes.repeat(again);
        let mut stream = Vec::new();
        squeeze::deflate(&bytes, &mut stream);
        prop_assert_eq!(squeeze::inflate(&stream, bytes.len().max(16 * 1024)), Ok(bytes));
    }

    #[test]
    fn a_uuid_tells_its_seed(seed: u64, place in -99_999_i64..100_000) {
        let env = Env { now: Timestamp(0), seed };
        prop_assert_eq!(Env::seed_of(&env.uid()), Some(seed));
        prop_assert_eq!(env.nth(place.cast_unsigned()).places_after(seed), place);
    }

    #[test]
    fn any_text_has_no_seed_or_the_one_it_is_made_of(text in "[0-9a-f-]{36}|\\PC*") {
        if let Some(seed) = Env::seed_of(&text) {
            prop_assert_eq!(&*Env { now: Timestamp(0), seed }.uid(), &*text);
        }
    }

    #[test]
    fn no_text_is_a_link_that_panics(text in "(1\\.)?(\\PC{0,60}|[A-Za-z0-9_-]{0,300})") {
        prop_assert!(open(&text).is_err());
    }

    #[test]
    fn no_payload_panics(text in "\\{\"document\":[\\{\\[]?\\PC{0,80}") {
        prop_assert!(open(&forged(text.as_bytes())).is_err());
    }
}
