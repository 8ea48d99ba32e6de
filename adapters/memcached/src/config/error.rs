//! What can be wrong with an address.

use thiserror::Error;

/// Why a text is not the address of a store. Says which part is wrong and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It is the address of something else.
    #[error("the address of a memcached store starts with memcached://")]
    Scheme,
    /// No node is named.
    #[error("the address names no node; write memcached://host:port")]
    NoNodes,
    /// A user name or a password is given. Not repeated here, since it may be a secret.
    #[error("memcached takes no user name or password; write memcached://host:port")]
    Credentials,
    /// A node is not `host:port`.
    #[error("the node {node:?} is not host:port: {problem}")]
    Node {
        /// The node as it was written.
        node: String,
        /// What is wrong with it.
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
        /// What it can be.
        accepted: &'static str,
    },
    /// A certificate authority is named, but nothing will be encrypted.
    #[error("the parameter ca needs tls=true beside it")]
    CaWithoutTls,
}
