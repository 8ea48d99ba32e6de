use super::*;

const TTL: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn secret(text: &str) -> Answer {
    Some(text.to_owned().into())
}

fn cache(max_entries: usize, max_bytes: usize) -> Cache {
    Cache::new(CacheSettings { ttl: TTL, refetch_interval: INTERVAL, max_entries, max_bytes })
}

fn get(cache: &mut Cache, name: &str, now: u64) -> Option<Option<String>> {
    let text = |secret: SecretBytes| String::from_utf8(secret.expose().to_vec()).unwrap();
    cache.get(name, at(now)).map(|answer| answer.map(text))
}

#[test]
fn an_answer_is_kept_until_it_is_too_old() {
    let mut cache = cache(10, 1_000);
    assert_eq!(get(&mut cache, "bob", 0), None);
    cache.put("bob", &secret("b"), at(100));
    cache.put("eve", &None, at(100));
    assert_eq!(get(&mut cache, "bob", 159), Some(Some("b".into())));
    assert_eq!(get(&mut cache, "eve", 159), Some(None));
    assert_eq!(get(&mut cache, "bob", 160), None);
    assert_eq!(get(&mut cache, "bob", 99), None, "the clock was put back");
}

#[test]
fn the_number_of_answers_is_bounded() {
    let mut cache = cache(3, 1_000);
    cache.put("nobody", &None, at(9));
    cache.put("old", &secret("o"), at(1));
    cache.put("new", &secret("n"), at(2));
    cache.put("newer", &secret("n"), at(3));
    assert_eq!(get(&mut cache, "nobody", 10), None, "goes first though it is the newest");
    assert!(get(&mut cache, "old", 10).is_some());
    cache.put("newest", &secret("n"), at(4));
    assert_eq!(get(&mut cache, "old", 10), None);
    assert_eq!(cache.entries.len(), 3);
    cache.put("newest", &secret("again"), at(5));
    assert_eq!(cache.entries.len(), 3, "a name has one answer");
}

#[test]
fn the_bytes_of_all_answers_are_bounded() {
    let mut cache = cache(10, 10);
    cache.put("a", &secret("1234"), at(1));
    cache.put("b", &secret("1234"), at(2));
    assert!(get(&mut cache, "a", 3).is_some() && get(&mut cache, "b", 3).is_some());
    cache.put("c", &None, at(3));
    assert_eq!(get(&mut cache, "a", 3), None);
    assert_eq!(cache.bytes, 6);
    cache.put("d", &secret("1234567890"), at(4));
    assert_eq!(get(&mut cache, "d", 4), None, "larger than the cache");
    assert_eq!(cache.bytes, 6);
    cache.put("b", &secret("123456789"), at(5));
    assert_eq!((cache.bytes, cache.entries.len()), (10, 1));
}

#[test]
fn nothing_is_kept_for_no_time_and_in_no_room() {
    let settings = CacheSettings::default();
    for settings in [
        settings.with_ttl(Duration::ZERO),
        CacheSettings { max_entries: 0, ..settings },
        CacheSettings { max_bytes: 0, ..settings },
    ] {
        let mut cache = Cache::new(settings);
        cache.put("bob", &secret("b"), at(1));
        assert_eq!((cache.bytes, cache.entries.len()), (0, 0));
        assert!(matches!(cache.refetch("bob", at(1)), Refetch::No));
    }
}

#[test]
fn only_what_was_kept_is_fetched_ahead_of_time() {
    let mut cache = cache(10, 1_000);
    assert!(matches!(cache.refetch("bob", at(1)), Refetch::No), "never answered");
    cache.put("bob", &secret("b"), at(1));
    assert!(matches!(cache.refetch("bob", at(1)), Refetch::No), "answered just now");
    get(&mut cache, "bob", 2);
    assert!(matches!(cache.refetch("bob", at(2)), Refetch::Ask));
    assert!(matches!(cache.refetch("bob", at(2)), Refetch::No), "that one is under way");
    assert!(matches!(cache.refetch("bob", at(3)), Refetch::Ask), "that one has failed");
    cache.put("bob", &secret("c"), at(3));
    get(&mut cache, "bob", 3);
    assert!(matches!(cache.refetch("bob", at(3)), Refetch::No), "too early");
    assert!(matches!(cache.refetch("bob", at(4)), Refetch::Ask));
}

#[test]
fn two_logins_that_fail_at_once_share_what_one_of_them_fetches() {
    let mut cache = cache(10, 1_000);
    cache.put("bob", &secret("old"), at(1));
    get(&mut cache, "bob", 2);
    get(&mut cache, "bob", 2);
    assert!(matches!(cache.refetch("bob", at(2)), Refetch::Ask));
    cache.put("bob", &secret("new"), at(2));
    let Refetch::Known(Some(known)) = cache.refetch("bob", at(2)) else { panic!() };
    assert_eq!(known.expose(), b"new");
}
