//! The decision about a login, and all that is worth logging about it.

use std::net::IpAddr;

use super::store_failure::StoreFailure;
use crate::grant::{Grant, Response};
use crate::ledger::{Admission, AdmissionRequest, Admitted};
use crate::limit::SessionLimit;
use crate::login::{Login, Phase, Protocol};
use crate::names::{ServerId, UserName};
use crate::refusal::Refusal;

/// The decision about a login, and all that is worth logging about it. Its `Debug` shows no
/// password and no key.
#[derive(Clone, Debug)]
pub struct Decision {
    attempt: Option<Attempt>,
    response: Response,
    refusal: Option<Refusal>,
    limit: Option<SessionLimit>,
    pub(super) unusable_keys: usize,
    pub(super) admission: Option<Admission>,
    pub(super) store_failure: Option<StoreFailure>,
    /// The slot that was taken, or may have been.
    pub(super) slot: Option<(AdmissionRequest, Admitted)>,
}

/// A login without its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The server.
    pub server: ServerId,
    /// The user who wants to log in.
    pub user: UserName,
    /// The protocol that the client speaks.
    pub protocol: Protocol,
    /// The client's address.
    pub source: Option<IpAddr>,
    /// The phase of authentication: by password or by key.
    pub phase: Phase,
}

impl Decision {
    /// The answer to give.
    #[must_use]
    pub const fn response(&self) -> &Response {
        &self.response
    }

    /// The grant, if the user is let in.
    #[must_use]
    pub fn grant(&self) -> Option<&Grant> {
        match &self.response {
            Response::Granted(grant) => Some(grant),
            Response::Refused => None,
        }
    }

    /// The reason why the user is not let in. There is a refusal if and only if there is no grant.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// The login that was asked for; `None` if the event was no login.
    #[must_use]
    pub const fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    /// The user's limit, if the login was authenticated.
    #[must_use]
    pub const fn limit(&self) -> Option<SessionLimit> {
        self.limit
    }

    /// The answer of the ledger, if it was asked and gave one.
    #[must_use]
    pub const fn admission(&self) -> Option<&Admission> {
        self.admission.as_ref()
    }

    /// The failure of a store that gave no answer, and the decision without it. It is to be
    /// counted.
    #[must_use]
    pub const fn store_failure(&self) -> Option<&StoreFailure> {
        self.store_failure.as_ref()
    }

    /// True if a slot was taken, or may have been. It is to be [rolled
    /// back](super::IdentityProvider::roll_back) if the answer does not reach the service.
    #[must_use]
    pub const fn may_hold_slot(&self) -> bool {
        self.slot.is_some()
    }

    /// The number of the user's public keys that are malformed or of a kind that the service
    /// refuses. It is 0 if the login was not authenticated. The operator should be told.
    #[must_use]
    pub const fn unusable_keys(&self) -> usize {
        self.unusable_keys
    }

    pub(super) fn refused(attempt: Option<Attempt>, refusal: Refusal) -> Self {
        let mut decision = Self::answered(attempt, Response::Refused);
        decision.refusal = Some(refusal);
        decision
    }

    pub(super) fn granted(attempt: Attempt, limit: SessionLimit, grant: Grant) -> Self {
        let mut decision = Self::answered(Some(attempt), Response::Granted(Box::new(grant)));
        decision.limit = Some(limit);
        decision
    }

    const fn answered(attempt: Option<Attempt>, response: Response) -> Self {
        Self {
            attempt,
            response,
            refusal: None,
            limit: None,
            unusable_keys: 0,
            admission: None,
            store_failure: None,
            slot: None,
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.response = Response::Refused;
        self.refusal = Some(refusal);
    }
}

impl Attempt {
    pub(super) fn of(login: &Login) -> Self {
        Self {
            server: login.server.clone(),
            user: login.user.clone(),
            protocol: login.protocol,
            source: login.source,
            phase: login.phase(),
        }
    }
}
