//! The example `invoke`.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Cargo builds the examples beside the tests.
fn invoke() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().with_file_name("examples").join("invoke")
}

#[tokio::test]
async fn a_function_that_cannot_start_is_no_success() {
    for function in ["/bin/false", "/bin/true"] {
        let invoke =
            Command::new(invoke()).arg(function).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(Duration::from_secs(60), invoke);
        let output = output.await.expect("it hangs").unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{function}: {said}");
        assert!(said.contains("the function has ended by itself"), "{function}: {said}");
    }
}
