//! Fuzzes [`session_limit_fuzz::user_secret`].
#![cfg_attr(fuzzing, no_main)]

session_limit_fuzz::program!(session_limit_fuzz::user_secret);
