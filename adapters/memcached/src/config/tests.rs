use proptest::prelude::*;
use session_limit_harness::assert_provoked;

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    text.parse()
}

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_plain_node() {
    let config = parse("memcached://Cache.Example:11211").unwrap();
    assert_eq!(config.nodes(), ["cache.example:11211".parse().unwrap()]);
    assert_eq!(config.trust(), None);
    assert_eq!(config.timeout(), Duration::from_millis(500));
    assert_eq!(config.max_value_len(), 1024 * 1024 - 512);
    assert_eq!(parse("memcached://cache.example:11211/"), Ok(config));
}

#[test]
fn several_nodes_of_every_kind() {
    let config = parse("memcached://a:1,10.0.0.1:2,[2001:DB8::1]:3?tls=false").unwrap();
    let nodes: Vec<_> = config.nodes().iter().map(ToString::to_string).collect();
    assert_eq!(nodes, ["a:1", "10.0.0.1:2", "[2001:db8::1]:3"]);
    assert_eq!(config.nodes()[2].host(), "2001:db8::1");
    assert_eq!(config.nodes()[2].port(), 3);
}

#[test]
fn parameters_in_any_order() {
    let config = parse("memcached://a:1?max_value=16384&ca=/etc/my%20ca.pem&tls=true").unwrap();
    assert_eq!(config.trust(), Some(&Trust::File("/etc/my ca.pem".into())));
    assert_eq!(config.max_value_len(), 16_384 - 512);
    assert_eq!(parse("memcached://a:1?tls=true").unwrap().trust(), Some(&Trust::System));
}

#[test]
fn complaints_name_what_is_wrong() {
    for (text, said) in [
        ("redis://a:1", "starts with memcached://"),
        ("memcached://", "names no node"),
        ("memcached://?tls=true", "names no node"),
        ("memcached://a", "\"a\" is not host:port: it has no port"),
        ("memcached://a:1,", "\"\" is not host:port"),
        ("memcached://a:0", "port is not a number from 1 to 65535"),
        ("memcached://a:x", "port is not a number"),
        ("memcached://:1", "host is not a name"),
        ("memcached://a b:1", "host is not a name"),
        ("memcached://::1:1", "needs brackets"),
        ("memcached://[x]:1", "not IPv6"),
        ("memcached://a:1,A:1", "a:1 is named twice"),
        ("memcached://a:1?tsl=true", "no parameter \"tsl\""),
        ("memcached://a:1?tls=yes", "tls must be true or false"),
        ("memcached://a:1?tls=true&tls=true", "tls is given twice"),
        ("memcached://a:1?ca=x.pem", "needs tls=true"),
        ("memcached://a:1?tls=true&ca=", "ca must be the path"),
        ("memcached://a:1?tls=true&ca=%+1", "ca must be the path"),
        ("memcached://a:1?max_value=1MB", "max_value must be a number of bytes"),
        ("memcached://a:1?max_value=1", "max_value must be a number of bytes"),
    ] {
        let complaint = complaint(text);
        assert!(complaint.contains(said), "{text}: {complaint}");
    }
}

#[test]
fn a_password_is_not_repeated() {
    let complaint = complaint("memcached://admin:s3cret@a:1");
    assert!(complaint.contains("no user name or password"), "{complaint}");
    assert!(!complaint.contains("s3cret"), "{complaint}");
}

#[test]
fn config_error() {
    let provoked = [
        "redis://a:1",
        "memcached://",
        "memcached://me@a:1",
        "memcached://a",
        "memcached://a:1,a:1",
        "memcached://a:1?x=1",
        "memcached://a:1?tls=true&tls=true",
        "memcached://a:1?tls=1",
        "memcached://a:1?ca=x",
    ]
    .map(|text| parse(text).unwrap_err());
    assert_provoked!(
        ConfigError {
            Scheme,
            NoNodes,
            Credentials,
            Node,
            NodeTwice,
            UnknownParameter,
            ParameterTwice,
            Parameter,
            CaWithoutTls
        },
        provoked
    );
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(rest in any::<String>()) {
        let _ = parse(&format!("memcached://{rest}"));
        let _ = parse(&format!("memcached://a:1?{rest}"));
        let _ = parse(&format!("memcached://a:1?tls=true&ca={rest}"));
    }

    #[test]
    fn an_address_reads_back(host in "[a-z][a-z0-9.-]{0,30}", port in 1_u16..) {
        let address: Address = format!("{host}:{port}").parse().unwrap();
        prop_assert_eq!(address.to_string().parse(), Ok(address));
    }
}
