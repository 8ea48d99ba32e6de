//! The nodes and the way to talk to them, parsed from one line.

mod error;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

pub use error::ConfigError;

/// The time an operation may take where nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(500);

/// The largest item of a server that was started without `-I`.
const DEFAULT_MAX_ITEM: usize = 1024 * 1024;
/// The sizes that are accepted for it: memcached's own bounds of `-I`, rounded.
const ACCEPTED_MAX_ITEMS: std::ops::RangeInclusive<usize> = 4096..=1024 * 1024 * 1024;
/// The room in an item besides the value: for the key and the server's own header.
const ITEM_OVERHEAD: usize = 512;

/// The settings of a [`MemcachedStore`](crate::MemcachedStore).
///
/// ```
/// use session_limit_memcached::Config;
///
/// let config: Config = "memcached://cache.example:11211?tls=true".parse()?;
/// assert_eq!(config.nodes()[0].to_string(), "cache.example:11211");
/// # Ok::<(), session_limit_memcached::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    nodes: Vec<Address>,
    trust: Option<Trust>,
    timeout: Duration,
    max_item: usize,
}

/// The host and port of a node. The host's name is looked up at each connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: Box<str>,
    port: u16,
}

/// The certificate authorities that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those that the operating system trusts.
    System,
    /// Those of this PEM file, and no others.
    File(PathBuf),
}

impl Config {
    /// The form of an address, for people.
    pub const FORM: &str =
        "memcached://host:port[,host:port…][?tls=true[&ca=FILE][&max_value=BYTES]]";

    /// The nodes, in the order of the address.
    #[must_use]
    pub fn nodes(&self) -> &[Address] {
        &self.nodes
    }

    /// The certificate authorities that are trusted, or `None` without TLS.
    #[must_use]
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// The time that one operation of the store may take, connecting included.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The same with another [`timeout`](Self::timeout), which is half a second where none is set.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The largest value that is sent, in bytes. It is a little less than `max_value`, since the
    /// server counts the key and a header as well.
    #[must_use]
    pub fn max_value_len(&self) -> usize {
        self.max_item.saturating_sub(ITEM_OVERHEAD)
    }
}

impl FromStr for Config {
    type Err = ConfigError;

    /// Parses an address of the [`FORM`](Self::FORM)
    /// `memcached://host:port[,host:port…][?tls=true[&ca=FILE][&max_value=BYTES]]`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let rest = text.strip_prefix("memcached://").ok_or(ConfigError::Scheme)?;
        let (nodes, query) = rest.split_once('?').unwrap_or((rest, ""));
        let nodes = parse_nodes(nodes.strip_suffix('/').unwrap_or(nodes))?;
        let parameters = Parameters::parse(query)?;
        let trust = match (parameters.tls.unwrap_or(false), parameters.ca) {
            (true, None) => Some(Trust::System),
            (true, Some(file)) => Some(Trust::File(file)),
            (false, None) => None,
            (false, Some(_)) => return Err(ConfigError::CaWithoutTls),
        };
        let max_item = parameters.max_value.unwrap_or(DEFAULT_MAX_ITEM);
        Ok(Self { nodes, trust, timeout: DEFAULT_TIMEOUT, max_item })
    }
}

impl Address {
    /// The host's name or IP address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let error = |problem| ConfigError::Node { node: text.into(), problem };
        let (host, port) = text.rsplit_once(':').ok_or_else(|| error("it has no port"))?;
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| error("its port is not a number from 1 to 65535"))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => {
                let address: std::net::Ipv6Addr =
                    address.parse().map_err(|_| error("what is in brackets is not IPv6"))?;
                address.to_string()
            }
            None if host.contains(':') => return Err(error("an IPv6 address needs brackets")),
            None => host.to_ascii_lowercase(),
        };
        let is_host_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
        if host.is_empty() || !host.bytes().all(is_host_byte) {
            return Err(error("its host is not a name or an IP address"));
        }
        Ok(Self { host: host.into(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

fn parse_nodes(text: &str) -> Result<Vec<Address>, ConfigError> {
    if text.is_empty() {
        return Err(ConfigError::NoNodes);
    }
    if text.contains('@') {
        return Err(ConfigError::Credentials);
    }
    let mut nodes = Vec::new();
    for node in text.split(',') {
        let address: Address = node.parse()?;
        if nodes.contains(&address) {
            return Err(ConfigError::NodeTwice { node: address.to_string() });
        }
        nodes.push(address);
    }
    Ok(nodes)
}

#[derive(Default)]
struct Parameters {
    tls: Option<bool>,
    ca: Option<PathBuf>,
    max_value: Option<usize>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, ConfigError> {
        let mut parameters = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let is_new = match name {
                "tls" => parameters.tls.replace(parse_tls(value)?).is_none(),
                "ca" => parameters.ca.replace(parse_ca(value)?).is_none(),
                "max_value" => parameters.max_value.replace(parse_max(value)?).is_none(),
                _ => return Err(ConfigError::UnknownParameter { name: name.into() }),
            };
            if !is_new {
                return Err(ConfigError::ParameterTwice { name: name.into() });
            }
        }
        Ok(parameters)
    }
}

fn parse_tls(value: &str) -> Result<bool, ConfigError> {
    value.parse().map_err(|_| ConfigError::Parameter { name: "tls", accepted: "true or false" })
}

fn parse_ca(value: &str) -> Result<PathBuf, ConfigError> {
    let error = || ConfigError::Parameter { name: "ca", accepted: "the path of a PEM file" };
    let path = percent_decode(value).ok_or_else(error)?;
    if path.is_empty() { Err(error()) } else { Ok(Path::new(&path).to_owned()) }
}

fn parse_max(value: &str) -> Result<usize, ConfigError> {
    let accepted = "a number of bytes from 4096 to 1073741824";
    let bytes = value.parse().ok().filter(|bytes| ACCEPTED_MAX_ITEMS.contains(bytes));
    bytes.ok_or(ConfigError::Parameter { name: "max_value", accepted })
}

/// Decodes a value in a query; `None` if a `%` is not followed by two hexadecimal digits.
fn percent_decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
