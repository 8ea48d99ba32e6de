use proptest::prelude::*;

use super::samples::*;
use super::usable;

fn keys_of(text: &str) -> (Vec<String>, usize) {
    usable(text.lines())
}

fn only(keys: &[&str]) -> (Vec<String>, usize) {
    (keys.iter().map(|key| (*key).to_owned()).collect(), 0)
}

#[test]
fn the_kinds_the_service_takes() {
    for key in [ED25519, P256, P384, P521, RSA_2048, RSA_4096] {
        assert_eq!(keys_of(key), only(&[key]));
        assert_eq!(keys_of(&format!("  {key}\tbob@example.com \r\n")), only(&[key]));
    }
}

#[test]
fn the_kinds_it_does_not_take() {
    for key in [DSA, SK_ED25519, RSA_1024, RSA_2047, RSA_16384] {
        assert_eq!(keys_of(key), (vec![], 1), "{key}");
        assert_eq!(keys_of(&format!("{key},{ED25519}")), (vec![ED25519.to_owned()], 1));
    }
}

#[test]
fn what_is_no_key() {
    let swapped = ED25519.replace("ssh-ed25519", "ssh-rsa");
    let cut = RSA_2048.get(..RSA_2048.len() - 8).unwrap();
    let padded = format!("{ED25519}AAAA");
    let options = format!("from=\"10.0.0.1\" {ED25519}");
    for text in ["x", "ssh-ed25519", "ssh-rsa AAAA", &swapped, cut, &padded, &options, "# comment"]
    {
        assert_eq!(keys_of(text), (vec![], 1), "{text}");
    }
    assert_eq!(keys_of(" \n\t\r\n"), (vec![], 0));
}

#[test]
fn several_keys_in_every_spelling() {
    for text in [
        format!("{ED25519},{P256}"),
        format!("{ED25519} bob@example.com, {P256} alice"),
        format!("{ED25519}\n{P256}\n"),
        format!("{ED25519} c\r\n\r\n{P256} d"),
        format!("{ED25519} Bob, of Example, Ltd,{P256} a,b"),
        format!("{ED25519},{ED25519} again,{P256}"),
    ] {
        assert_eq!(keys_of(&text), only(&[ED25519, P256]), "{text}");
    }
}

#[test]
fn a_comma_in_a_comment_separates_nothing() {
    for comment in ["Bob, Example Ltd", ",", "a,b,c", "x, AAAA", "Bob,", "Bob, ssh-laptop"] {
        assert_eq!(keys_of(&format!("{ED25519} {comment}")), only(&[ED25519]), "{comment}");
    }
}

#[test]
fn an_unusable_key_is_no_part_of_the_comment_before_it() {
    for unusable in
        ["ssh-ed25519 cut", "sk-ssh-ed25519@openssh.com cut", "mldsa44 AAAAB21sZHNhNDQ="]
    {
        let found = keys_of(&format!("{ED25519} Bob, {unusable},{P256}"));
        assert_eq!(found, (vec![ED25519.to_owned(), P256.to_owned()], 1), "{unusable}");
    }
}

#[test]
fn a_second_key_never_hides_in_a_comment() {
    // One text, as in a JSON array: a line break in it is not a separator but an attack.
    for separator in ["\n", "\r\n", "\r", " \n", "\u{0}", "\u{85}"] {
        let text = format!("{ED25519}{separator}{OTHER}");
        assert_eq!(usable([text.as_str()].into_iter()), (vec![], 1));
    }
    assert_eq!(keys_of(&format!("{ED25519} {OTHER}")), only(&[ED25519]));
}

proptest! {
    #[test]
    fn what_comes_out_is_always_two_words(
        keys in prop::collection::vec(
            (prop::sample::select(vec![ED25519, P256, P521, RSA_2048]), "[^\\p{Cc},]{0,20}"), 1..4,
        ),
        separator in prop::sample::select(vec![",", "\n", ", ", "\r\n"]),
    ) {
        let texts: Vec<_> = keys.iter().map(|(key, comment)| format!("{key} {comment}")).collect();
        let found = keys_of(&texts.join(separator)).0;
        prop_assert!(!found.is_empty());
        for key in found {
            prop_assert_eq!(key.split(' ').count(), 2);
            prop_assert!(!key.contains(char::is_control));
        }
    }

    #[test]
    fn a_comment_changes_nothing(comment in "[^\\p{Cc},]{0,40}") {
        prop_assert_eq!(keys_of(&format!("{ED25519} {comment}")), only(&[ED25519]));
    }

    #[test]
    fn a_damaged_key_is_survived(
        key in prop::sample::select(vec![ED25519, P256, P521, RSA_2048, DSA, SK_ED25519]),
        damage in prop::collection::vec((0_usize..200, "[A-Za-z0-9+/=]"), 1..4),
    ) {
        let mut text = key.to_owned();
        for (at, with) in damage {
            if at < text.len() {
                text.replace_range(at..=at, &with);
            }
        }
        for key in keys_of(&text).0 {
            prop_assert_eq!(key, text.clone());
        }
    }
}
