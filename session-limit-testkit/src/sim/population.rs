//! The servers and users of a simulated world.

use super::time::DAY;
use std::net::IpAddr;

use fastrand::Rng;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::{ServerId, UserName};

/// The way in which a user logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    Password,
    Key,
    /// A key or a password, at random.
    Either,
    KeyAndPassword,
}

pub(super) struct Server {
    pub(super) id: ServerId,
    pub(super) habit: Habit,
}

pub(super) struct User {
    pub(super) server: usize,
    pub(super) name: UserName,
    pub(super) habit: Habit,
    pub(super) limit: u32,
    pub(super) addresses: Vec<IpAddr>,
    /// Number of calls for keys that are offered before the right one. It is 0 if the client has
    /// one key, or if the service asks once for all keys of a connection.
    pub(super) other_keys: usize,
    /// The mean time between two logins, in milliseconds.
    pub(super) mean_pause: f64,
    /// The mean length of a session, in milliseconds.
    pub(super) mean_session: f64,
}

/// One server for each way to authenticate.
pub(super) fn servers() -> (Vec<Server>, ServerMethods) {
    let kinds = [
        (Habit::Password, AuthenticationMethods::Password),
        (Habit::Key, AuthenticationMethods::PublicKey),
        (Habit::Either, AuthenticationMethods::PublicKeyOrPassword),
        (Habit::KeyAndPassword, AuthenticationMethods::PublicKeyAndPassword),
    ];
    let mut methods = ServerMethods::default();
    let mut servers = Vec::new();
    for (number, (habit, method)) in kinds.into_iter().enumerate() {
        let id = ServerId::new(&format!("s-{number:017}")).expect("it is a valid server id");
        methods = methods.with(id.clone(), method);
        servers.push(Server { id, habit });
    }
    (servers, methods)
}

pub(super) fn user(number: usize, servers: &[Server], rng: &mut Rng) -> User {
    let server = number % servers.len();
    let limit = rng.u32(1..=6);
    // At least 20 logins a day whatever the dice say: a pause is at most 1.4 times its mean.
    let mean_pause = DAY as f64 / f64::from(rng.u32(30..60));
    let habit = match servers[server].habit {
        Habit::Either => [Habit::Password, Habit::Key, Habit::Either][rng.usize(0..3)],
        habit => habit,
    };
    // Some names are given on every server.
    let group = number / servers.len();
    let name = if group.is_multiple_of(10) {
        format!("everywhere-{group}")
    } else {
        format!("user-{number}")
    };
    User {
        server,
        name: UserName::new(&name).expect("a valid name"),
        habit,
        limit,
        addresses: (0..rng.u8(1..4))
            .map(|_| [10, rng.u8(..), rng.u8(..), rng.u8(1..)].into())
            .collect(),
        other_keys: if rng.u8(0..10) == 0 { rng.usize(1..3) } else { 0 },
        mean_pause,
        // On average a little less than the limit is wanted at once.
        mean_session: mean_pause * f64::from(limit) * 0.8,
    }
}
