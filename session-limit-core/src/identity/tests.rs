mod refusals;
mod requests;
mod stub;

use proptest::prelude::*;
use serde_json::{Value, json};

use self::stub::{Stub, event, user};
use super::*;
use crate::limit::SessionLimit;
use crate::methods::ServerMethods;
use crate::public_key::samples::ED25519;
use crate::store::StoreError;

const NOW: Timestamp = Timestamp::from_millis(1_432_826_855_000);

fn token() -> Token {
    Token::new("request-1").unwrap()
}

impl Stub {
    fn answer(self, event: &Value) -> (Decision, IdentityProvider<Self, Self>) {
        self.answer_with(IdentitySettings::default(), event)
    }

    fn answer_with(
        self,
        settings: IdentitySettings,
        event: &Value,
    ) -> (Decision, IdentityProvider<Self, Self>) {
        // One stub plays both parts; what it is asked goes to the same journal.
        let provider = IdentityProvider::new(self.clone(), self, settings);
        let decision =
            pollster::block_on(provider.answer(event.to_string().as_bytes(), token(), NOW));
        (decision, provider)
    }
}

fn response(decision: &Decision) -> Value {
    serde_json::to_value(decision.response()).unwrap()
}

#[test]
fn a_password_login_is_granted_without_keys() {
    let (decision, provider) = Stub::with(&user()).answer(&event());
    assert_eq!(
        response(&decision),
        json!({"Role": user()["Role"], "HomeDirectory": "/bucket/bob"})
    );
    assert!(decision.refusal().is_none());
    assert_eq!(decision.limit(), Some(SessionLimit::new(5)));
    assert_eq!(decision.admission().unwrap().counted, 1);
    let attempt = decision.attempt().unwrap();
    assert_eq!((attempt.user.as_str(), attempt.phase), ("bobusa", Phase::Password));
    assert_eq!(provider.ledger.journal(), ["secret", "admit"]);
}

#[test]
fn a_key_login_is_granted_with_the_keys() {
    let mut event = event();
    event.as_object_mut().unwrap().remove("password");
    let (decision, _) = Stub::with(&user()).answer(&event);
    assert_eq!(
        response(&decision),
        json!({
            "Role": user()["Role"], "HomeDirectory": "/bucket/bob", "PublicKeys": [ED25519],
        })
    );
}

#[test]
fn the_default_limit_is_for_users_without_one() {
    let mut secret = user();
    secret.as_object_mut().unwrap().remove("MaxSessionLimit");
    let settings =
        IdentitySettings { default_limit: SessionLimit::new(7), ..IdentitySettings::default() };
    let (decision, provider) = Stub::with(&secret).answer_with(settings, &event());
    assert_eq!(decision.limit(), Some(SessionLimit::new(7)));
    assert_eq!(provider.ledger.request().limit, SessionLimit::new(7));
}

#[test]
fn a_newer_secret_is_asked_for_before_refusing() {
    let mut old = user();
    old["Password"] = json!("an old one");
    for stale in [Stub::with(&old), Stub::empty()] {
        let (decision, provider) = stale.newer(&user()).answer(&event());
        assert!(decision.grant().is_some(), "{decision:?}");
        assert_eq!(provider.ledger.journal(), ["secret", "newer", "admit"]);
    }
    let (decision, _) = Stub::with(&old).newer(&old).answer(&event());
    assert_eq!(decision.refusal(), Some(&Refusal::WrongPassword));
    // A login that succeeds has no reason to ask, nor has one that no secret could let in.
    let mut ftp = event();
    ftp["protocol"] = json!("FTP");
    ftp["password"] = json!("");
    let (_, provider) = Stub::with(&user()).newer(&user()).answer(&ftp);
    assert_eq!(provider.ledger.journal(), ["secret"]);
}

#[test]
fn a_slot_can_be_given_back() {
    let (decision, provider) = Stub::with(&user()).answer(&event());
    pollster::block_on(provider.roll_back(&decision, NOW)).unwrap();
    assert_eq!(provider.ledger.journal(), ["secret", "admit", "roll back Yes request-1"]);

    let (decision, provider) = Stub::with(&user()).full().answer(&event());
    pollster::block_on(provider.roll_back(&decision, NOW)).unwrap();
    assert_eq!(provider.ledger.journal(), ["secret", "admit"], "a refusal holds no slot");
}

#[test]
fn a_slot_is_given_back_where_it_may_have_been_taken() {
    let unavailable = StoreError::Unavailable("gone".into());
    let ambiguous = StoreError::Ambiguous("lost".into());
    let rejected = StoreError::Rejected("no".into());
    for (error, may_hold) in [(unavailable, false), (ambiguous, true), (rejected, false)] {
        let (decision, provider) = Stub::with(&user()).failing(error).answer(&event());
        assert_eq!(decision.may_hold_slot(), may_hold);
        pollster::block_on(provider.roll_back(&decision, NOW)).unwrap();
        let asked = &["secret", "admit", "roll back Unknown request-1"];
        let asked = if may_hold { &asked[..] } else { &asked[..2] };
        assert_eq!(provider.ledger.journal(), asked);
    }
}

#[test]
fn a_deadline_leaves_a_decision_that_can_be_rolled_back() {
    for on_store_failure in [OnStoreFailure::Refuse, OnStoreFailure::Admit] {
        let settings = IdentitySettings { on_store_failure, ..IdentitySettings::default() };
        let stub = Stub::with(&user()).hanging();
        let provider = IdentityProvider::new(stub.clone(), stub, settings);
        let event = event().to_string();
        let answer = provider.answer_before(std::future::ready(()), event.as_bytes(), token(), NOW);
        let decision = pollster::block_on(answer);
        assert_eq!(decision.store_failure().unwrap().decided, on_store_failure);
        assert_eq!(decision.grant().is_some(), on_store_failure == OnStoreFailure::Admit);
        pollster::block_on(provider.roll_back(&decision, NOW)).unwrap();
        let journal = provider.ledger.journal();
        assert_eq!(journal, ["secret", "admit", "roll back Unknown request-1"]);
    }
}

#[test]
fn the_public_futures_can_be_sent_between_threads() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let stub = Stub::with(&user());
    let provider = IdentityProvider::new(stub.clone(), stub, IdentitySettings::default());
    let decision = pollster::block_on(sent(provider.answer(b"", token(), NOW)));
    pollster::block_on(sent(provider.roll_back(&decision, NOW))).unwrap();
}

proptest! {
    #[test]
    fn nothing_secret_shows_in_a_decision(
        password in "MARKER\\PC{0,20}",
        stored in "(\\$2b\\$|\\$argon2id\\$)?MARKER\\PC{0,20}",
        key in prop::sample::select(vec!["PublicKey", "Policy", "HomeDirectoryDetails", "Password"]),
    ) {
        let mut secret = user();
        secret[key] = json!(stored);
        for event_field in ["password", "sourceIp", "serverId", "protocol"] {
            let mut event = event();
            event[event_field] = json!(password);
            let (decision, _) = Stub::with(&secret).answer(&event);
            let shown = format!("{decision:?} {:?}", decision.refusal().map(ToString::to_string));
            prop_assert!(!shown.contains("MARKER") && !shown.contains("AAAA"));
        }
    }

    #[test]
    fn nothing_secret_shows_in_a_grant(password in "MARKER\\PC{0,20}") {
        let mut secret = user();
        secret["Password"] = json!(password);
        let mut event = event();
        for given in [password.as_str(), ""] {
            event["password"] = json!(given);
            let (decision, _) = Stub::with(&secret).answer(&event);
            prop_assert!(decision.grant().is_some());
            let shown = format!("{decision:?}");
            prop_assert!(!shown.contains("MARKER") && !shown.contains("AAAA"));
        }
    }

    #[test]
    fn any_secret_and_any_event_have_an_answer(
        secret in prop::collection::vec(any::<u8>(), 0..100),
        event in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let stub = Stub::of(secret);
        let provider = IdentityProvider::new(stub.clone(), stub, IdentitySettings::default());
        let decision = pollster::block_on(provider.answer(&event, token(), NOW));
        prop_assert_eq!(decision.grant().is_none(), decision.refusal().is_some());
    }
}
