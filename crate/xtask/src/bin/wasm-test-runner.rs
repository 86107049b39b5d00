//! `wasm-bindgen-test-runner` from its own library, so that its version comes from Cargo.lock and it
//! shares its compiled dependencies with xtask instead of being installed from scratch.

use std::process::ExitCode;

fn main() -> ExitCode {
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-test-runner: {error:?}");
            ExitCode::FAILURE
        }
    }
}
