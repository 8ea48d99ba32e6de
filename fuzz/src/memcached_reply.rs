/// What a memcached server answers.
///
/// The headers of answers are parsed by the crate `memcache`. What is checked is what stands around
/// that: where an answer ends, how long its value is, and what each operation of the store makes
/// of it.
pub fn memcached_reply(bytes: &[u8]) {
    session_limit_memcached::fuzz::reply(bytes);
}
