//! The command `azflow`. What it does is in the library beside it, which an example shares.

fn main() -> std::process::ExitCode {
    azflow_cli::main()
}
