//! The authentication methods of one server, or of several.

use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::ServerId;

pub(crate) const ACCEPTED: &str = "PUBLIC_KEY_OR_PASSWORD, PUBLIC_KEY, PASSWORD or \
    PUBLIC_KEY_AND_PASSWORD; for several servers s-1234=MODE,s-5678=MODE and, as the last, one \
    MODE for all others";

/// `MODE`, or `server=MODE,server=MODE[,MODE]`.
pub(crate) fn parse(text: &str) -> Result<ServerMethods, &'static str> {
    let mut parts: Vec<_> = text.split(',').map(str::trim).collect();
    let others = match parts.pop() {
        Some(last) if !last.contains('=') => mode(last)?,
        Some(last) => {
            parts.push(last);
            AuthenticationMethods::default()
        }
        None => AuthenticationMethods::default(),
    };
    let mut servers: Vec<ServerId> = Vec::new();
    let mut methods = ServerMethods::all(others);
    for part in parts {
        let (server, name) = part.split_once('=').ok_or("a MODE without a server before others")?;
        let server = ServerId::new(server.trim()).map_err(|_| "not the id of a server")?;
        if servers.contains(&server) {
            return Err("a server is named twice");
        }
        methods = methods.with(server.clone(), mode(name.trim())?);
        servers.push(server);
    }
    Ok(methods)
}

fn mode(name: &str) -> Result<AuthenticationMethods, &'static str> {
    name.parse().map_err(|_| "no such MODE")
}
