//! The errors of addresses.

use thiserror::Error;

/// A text that is not the address of a store. The error says which part is wrong, and what is
/// accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text does not start with `memcached://`.
    #[error("the address of a memcached store starts with memcached://")]
    Scheme,
    /// No node is named.
    #[error("the address names no node; write memcached://host:port")]
    NoNodes,
    /// A user name or a password is given. It is not repeated here, since it may be a secret.
    #[error("memcached takes no user name or password; write memcached://host:port")]
    Credentials,
    /// A node is not `host:port`.
    #[error("the node {node:?} is not host:port: {problem}")]
    Node {
        /// The node as it was written.
        node: String,
        /// The problem, such as `it has no port`.
        problem: &'static str,
    },
    /// A node is named twice.
    #[error("the node {node} is named twice")]
    NodeTwice {
        /// The node.
        node: String,
    },
    /// A parameter that does not exist.
    #[error("there is no parameter {name:?}; known are tls, ca and max_value")]
    UnknownParameter {
        /// Its name.
        name: String,
    },
    /// A parameter is given twice.
    #[error("the parameter {name} is given twice")]
    ParameterTwice {
        /// Its name.
        name: String,
    },
    /// A parameter has a value that it cannot have.
    #[error("the parameter {name} must be {accepted}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// The values that are accepted.
        accepted: &'static str,
    },
    /// A certificate authority is named by `ca`, but there is no `tls=true`.
    #[error("the parameter ca needs tls=true beside it")]
    CaWithoutTls,
}
