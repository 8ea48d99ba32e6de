//! The program `invoke`.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

#[tokio::test]
async fn a_function_that_cannot_start_is_no_success() {
    for function in ["/bin/false", "/bin/true"] {
        let mut invoke = Command::new(env!("CARGO_BIN_EXE_invoke"));
        let invoke = invoke.arg(function).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(Duration::from_secs(60), invoke);
        let output = output.await.expect("it hangs").unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{function}: {said}");
        assert!(said.contains("the function has ended by itself"), "{function}: {said}");
    }
}
