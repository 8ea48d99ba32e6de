//! Fuzzes [`session_limit_fuzz::stored_state`].
#![cfg_attr(fuzzing, no_main)]

session_limit_fuzz::program!(session_limit_fuzz::stored_state);
