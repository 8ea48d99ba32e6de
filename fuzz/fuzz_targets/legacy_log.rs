//! Fuzzes [`session_limit_fuzz::legacy_log`].
#![cfg_attr(fuzzing, no_main)]

session_limit_fuzz::program!(session_limit_fuzz::legacy_log);
