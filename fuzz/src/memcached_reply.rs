/// Checks an answer of a memcached server.
///
/// The crate `memcache` parses the headers of answers. The target checks the rest: where an answer
/// ends, how long its value is, and what each operation of the store makes of it.
pub fn memcached_reply(bytes: &[u8]) {
    session_limit_memcached::fuzz::reply(bytes);
}
