//! Lambda functions in Python, behind the emulator.

use std::path::Path;

use lambda_emulator::{Emulator, Function};
use session_limit_harness::PATIENCE;
use tokio::runtime::Runtime;

/// A handler that is waiting for events. Ends with the value.
pub(crate) struct PythonFunction {
    emulator: Emulator,
    _process: Function,
    /// Runs the emulator.
    _runtime: Runtime,
}

impl PythonFunction {
    /// Starts the `handler` of this module in the folder `python`.
    pub(crate) fn start(module: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let (emulator, process) = runtime.block_on(async {
            let emulator = Emulator::start().await.unwrap();
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/python");
            let (path, handler) = (std::env::var("PATH").unwrap(), format!("{module}.handler"));
            let environment = [
                ("PATH", path.as_str()),
                ("PYTHONDONTWRITEBYTECODE", "1"),
                ("_HANDLER", handler.as_str()),
            ];
            let process = Function::start(&folder.join("bootstrap"), &emulator, &environment);
            let process = process.expect("these tests need Python: `cargo xtask test` installs it");
            let ready = tokio::time::timeout(PATIENCE, emulator.ready(1)).await;
            assert!(ready.is_ok(), "it asks for no events: {}", process.log());
            (emulator, process)
        });
        Self { emulator, _process: process, _runtime: runtime }
    }

    /// The URL that invokes it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/2015-03-31/functions/handler/invocations", self.emulator.address())
    }
}
