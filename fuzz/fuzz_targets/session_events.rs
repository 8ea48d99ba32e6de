//! Fuzzes [`session_limit_fuzz::session_events`].
#![cfg_attr(fuzzing, no_main)]

session_limit_fuzz::program!(session_limit_fuzz::session_events);
