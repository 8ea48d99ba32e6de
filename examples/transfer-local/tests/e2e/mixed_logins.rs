//! Keys and passwords, right and wrong, and clients that are killed, all at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use session_limit_harness::eventually;
use session_limit_harness::sftp::{Credential, Key, Sftp, all_at_once};

use crate::server::{Server, User, most_live_sessions};

const LIMIT: u32 = 3;
const ROUNDS: usize = 8;
/// Longer than a login takes on a busy machine, and short enough to wait for.
const RESERVATIONS: [&str; 2] = ["--reservation-ttl", "8s"];
const LATE_AND_DOUBLE: [&str; 4] = ["--log-delay", "300ms", "--log-duplicate", "0.5"];

/// A user with a key, one with a password and one with both.
struct Users {
    key: Key,
    wrong_key: Key,
}

impl Users {
    fn new() -> Self {
        Self { key: Key::ed25519(), wrong_key: Key::ed25519() }
    }

    fn all(&self) -> [User; 3] {
        let user = |name, password, public_key| User { name, limit: LIMIT, password, public_key };
        [
            user("key-only", None, Some(self.key.public.clone())),
            user("password-only", Some("MARKER-secret"), None),
            user("with-both", Some("MARKER-secret"), Some(self.key.public.clone())),
        ]
    }

    /// The credentials by which `user` can get in.
    fn right(&self, user: &str) -> Vec<Credential<'_>> {
        let (key, password) = (Credential::Key(&self.key), Credential::Password("MARKER-secret"));
        match user {
            "key-only" => vec![key],
            "password-only" => vec![password],
            _ => vec![key, password, Credential::Both(&self.wrong_key, "MARKER-secret")],
        }
    }

    fn wrong(&self) -> [Credential<'_>; 3] {
        [
            Credential::Key(&self.wrong_key),
            Credential::Password("MARKER-wrong"),
            Credential::Both(&self.wrong_key, "MARKER-wrong"),
        ]
    }

    /// In each round, right and wrong logins of all users at once; then some of those inside take
    /// their leave, some are killed and some stay for a round.
    fn throng(&self, server: &Server) {
        let names = ["key-only", "password-only", "with-both"];
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for name in names {
                scope.spawn(|| {
                    let mut staying: Vec<Sftp> = Vec::new();
                    for _ in 0..ROUNDS {
                        let (right, wrong) = (self.right(name), self.wrong());
                        let logins: Vec<_> =
                            right.iter().cycle().take(4).chain(&wrong).copied().collect();
                        let doomed = Sftp::start(server.port, name, right[0]);
                        let clients: Vec<Sftp> = logins
                            .iter()
                            .map(|credential| Sftp::start(server.port, name, *credential))
                            .collect();
                        // Somewhere on its way: before, amid or after its login.
                        doomed.kill();
                        let inside: Vec<Sftp> = clients.into_iter().filter(Sftp::is_in).collect();
                        staying.drain(..).for_each(Sftp::quit);
                        for client in inside {
                            match next.fetch_add(1, Ordering::Relaxed) % 3 {
                                0 => client.quit(),
                                1 => client.kill(),
                                _ => staying.push(client),
                            }
                        }
                    }
                });
            }
        });
    }

    /// Once everything has ended and the reservations have expired, all slots are free.
    fn all_slots_are_free(&self, server: &Server) {
        for user in self.all() {
            let credential = self.right(user.name)[0];
            let mut inside: Vec<Sftp> = Vec::new();
            eventually("all slots are free", || {
                let next = Sftp::start(server.port, user.name, credential);
                inside.extend(next.is_in().then_some(next));
                (inside.len() == LIMIT as usize).then_some(())
            });
        }
    }
}

#[test]
fn strict_never_exceeds_the_limit() {
    let users = Users::new();
    let arguments = [&RESERVATIONS[..], &LATE_AND_DOUBLE, &["--key-phase", "strict"]].concat();
    let server = Server::start(&users.all(), &arguments);
    users.throng(&server);
    users.all_slots_are_free(&server);
    let decisions = server.decisions.clone();
    let log = server.stop();
    for user in users.all() {
        let most = most_live_sessions(&log, user.name);
        assert!(most <= LIMIT as usize, "{}: {most}", user.name);
        assert!(most > 0, "{} never got in", user.name);
    }
    assert_eq!(decisions.count("over the limit"), 0);
}

/// A key login of a user with both only looks for a slot, so several at once may find the same
/// one, until the log has been read. The others may not.
#[test]
fn auto_exceeds_the_limit_only_where_it_says_so() {
    let users = Users::new();
    let arguments = [&RESERVATIONS[..], &LATE_AND_DOUBLE, &["--key-phase", "auto"]].concat();
    let server = Server::start(&users.all(), &arguments);
    users.throng(&server);
    users.all_slots_are_free(&server);
    let decisions = server.decisions.clone();
    let log = server.stop();
    for user in ["key-only", "password-only"] {
        let most = most_live_sessions(&log, user);
        assert!((1..=LIMIT as usize).contains(&most), "{user}: {most}");
        assert_eq!(decisions.count(&format!("over the limit: {user}")), 0);
    }
}

/// The same, seen from the other side: once the log has been read, the next login reports it.
#[test]
fn auto_reports_where_the_limit_was_exceeded() {
    let users = Users::new();
    let public_key = Some(users.key.public.clone());
    let user = User { name: "with-both", limit: 1, password: Some("MARKER-secret"), public_key };
    let server = Server::start(&[user], &["--key-phase", "auto", "--log-delay", "4s"]);
    let credential = Credential::Key(&users.key);
    let inside = all_at_once(server.port, "with-both", &[credential; 2]);
    assert_eq!(inside.len(), 2);
    server.decisions.wait_for_count("connected with-both", 2);
    server.refuses("with-both", credential);
    server.decisions.wait_for_count("over the limit: with-both by 1", 1);
}
