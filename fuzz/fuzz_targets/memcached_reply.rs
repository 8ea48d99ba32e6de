//! Fuzzes [`session_limit_fuzz::memcached_reply`].
#![cfg_attr(fuzzing, no_main)]

session_limit_fuzz::program!(session_limit_fuzz::memcached_reply);
