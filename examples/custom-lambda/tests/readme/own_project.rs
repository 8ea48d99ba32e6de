//! A project of its own, copied out of the workspace and built as the page says.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lambda_emulator::{Emulator, Function};
use session_limit_harness::{PATIENCE, run_within};

use crate::example;

/// A program that ends well if a panic unwinds.
const PANICS: &str = "fn main() { std::panic::catch_unwind(|| panic!()).unwrap_err(); }";

/// The source that the page gives to crates that are never published.
const GIT: &str = r#"git = "https://github.com/session-limit/session-limit", rev = "…""#;

#[test]
#[ignore = "compiles all dependencies anew; `cargo xtask proof` runs it"]
fn a_project_of_its_own_is_built_as_the_page_says() {
    let folder = project();
    let build = [
        example("sh", "cargo lambda build --release"),
        "cargo lambda build --release --bin panics\n",
        "cargo check --tests\n",
    ];
    let built = Command::new("sh")
        .args(["-e", "-c", &build.concat()])
        .current_dir(&folder)
        .env("PATH", path_with_cargo_lambda())
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // It is quicker, and has nothing to do with what is shown.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .status();
    assert!(built.unwrap().success());

    let functions = folder.join("target/lambda");
    let panics = Command::new(functions.join("panics/bootstrap")).status();
    assert!(panics.unwrap().success(), "a panic ends the process");
    let identity_provider = unpacked(&functions.join("identity-provider"));
    let tracker = unpacked(&functions.join("tracker"));
    assert!(!tracker.join("users").exists());
    run_within(PATIENCE, async {
        let (logins, log) = (Emulator::start().await.unwrap(), Emulator::start().await.unwrap());
        let users = identity_provider.join("users");
        // No store listens there.
        let settings = [
            ("SESSION_STORE", "memcached://127.0.0.1:1"),
            ("ON_STORE_FAILURE", "admit"),
            ("USERS_FOLDER", users.to_str().unwrap()),
        ];
        let start = |folder: &Path, emulator| {
            Function::start(&folder.join("bootstrap"), emulator, &settings).unwrap()
        };
        let identity_provider = start(&identity_provider, &logins);
        let login = r#"{"username": "alice", "password": "wonderland", "protocol": "SFTP",
            "serverId": "s-1234", "sourceIp": "192.0.2.1"}"#;
        let answer = logins.invoke(login).await.text();
        assert!(answer.contains("role/transfer-user"), "{answer}: {}", identity_provider.log());
        let _tracker = start(&tracker, &log);
        assert_eq!(log.invoke("{}").await.text(), r#"{"batchItemFailures":[]}"#);
    });
}

/// A folder with what the page tells to copy. What is built in it is kept, so that the next time is
/// quicker.
fn project() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("custom-lambda");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["src", "users", "tests"] {
        let _ = fs::remove_dir_all(folder.join(part));
    }
    for part in ["src/bin", "users", "tests"] {
        copy_files(&here.join(part), &folder.join(part));
    }
    fs::write(folder.join("src/bin/panics.rs"), PANICS).unwrap();
    let root = here.join("../..");
    fs::write(folder.join("Cargo.toml"), manifest(&root)).unwrap();
    // The crates that have been downloaded already.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    folder
}

/// The manifest of the page, with the crates of this workspace in place of published ones.
fn manifest(root: &Path) -> String {
    let mut tests = example("toml", "[dev-dependencies]").to_owned();
    for (name, path) in
        [("lambda-emulator", "examples/lambdas/emulator"), ("session-limit-harness", "harness")]
    {
        let (from, to) = (format!("{name} = {{ {GIT}"), root.join(path));
        assert!(tests.contains(&from), "{tests}");
        tests = tests.replace(&from, &format!("{name} = {{ path = {to:?}"));
    }
    let patches = [
        ("session-limit-core", "session-limit-core"),
        ("session-limit-lambda", "adapters/lambda"),
        ("session-limit-settings", "adapters/settings"),
    ];
    let patches =
        patches.map(|(name, path)| format!("{name} = {{ path = {:?} }}\n", root.join(path)));
    let own = "[workspace]\n[patch.crates-io]\n";
    [example("toml", "[package]"), &tests, own, &patches.concat()].concat()
}

/// Copies the files in a folder, and none of those below.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The folder in which the function is unpacked, as Lambda does it.
fn unpacked(folder: &Path) -> PathBuf {
    let unpacked = folder.join("unpacked");
    let _ = fs::remove_dir_all(&unpacked);
    let mut unpack = Command::new("python3");
    let unpack = unpack.args(["-m", "zipfile", "-e"]).arg(folder.join("bootstrap.zip"));
    assert!(unpack.arg(&unpacked).status().unwrap().success());
    // This program leaves out who may run it.
    fs::set_permissions(unpacked.join("bootstrap"), fs::Permissions::from_mode(0o755)).unwrap();
    unpacked
}

/// `PATH`, and the folder in which `cargo xtask` installs cargo-lambda.
fn path_with_cargo_lambda() -> OsString {
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("sam").join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([installed].into_iter().chain(std::env::split_paths(&path))).unwrap()
}
