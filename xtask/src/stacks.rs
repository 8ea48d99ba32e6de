//! Checks that the Lambda functions carry one TLS stack and one HTTP stack, each once. A second one
//! would come in unseen with a feature of a dependency, and weigh megabytes.

use crate::steps::cargo;

/// The crates that the stacks are made of.
const OURS: [&str; 4] = ["http", "hyper", "rustls", "ring"];

/// The crates of other ways to encrypt and to speak HTTP.
const OTHERS: [&str; 10] = [
    "attohttpc",
    "aws-lc-rs",
    "aws-lc-sys",
    "curl",
    "isahc",
    "native-tls",
    "openssl",
    "openssl-sys",
    "reqwest",
    "ureq",
];

pub(crate) fn check() -> Result<(), String> {
    let tree = cargo(["tree", "--package", "session-limit-lambdas", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}", "--locked"])
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !tree.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&tree.stderr)));
    }
    check_tree(&String::from_utf8_lossy(&tree.stdout))
}

/// Checks a `tree`, which has a line `name version` for each crate, some more than once.
fn check_tree(tree: &str) -> Result<(), String> {
    let mut crates: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default()))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    let versions = |name: &str| crates.iter().filter(|(other, _)| *other == name).count();
    let wrong: Vec<_> = OURS
        .iter()
        .map(|name| (*name, 1))
        .chain(OTHERS.map(|name| (name, 0)))
        .filter(|(name, wanted)| versions(name) != *wanted)
        .map(|(name, wanted)| format!("{} versions of {name}, not {wanted}", versions(name)))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("in the tree of session-limit-lambdas there are {}", wrong.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "hyper v1.12.0\nhttp v1.5.0\nring v0.17.14\nrustls v0.23.46\nhttp v1.5.0 (*)";

    #[test]
    fn one_of_each_is_right() {
        assert_eq!(check_tree(GOOD), Ok(()));
    }

    #[test]
    fn another_stack_or_another_version_is_told() {
        for more in ["http v0.2.12", "openssl v0.10.0", "aws-lc-rs v1.0.0 (/x)"] {
            assert!(check_tree(&format!("{GOOD}\n{more}")).is_err(), "{more}");
        }
        assert!(check_tree("").is_err());
    }
}
