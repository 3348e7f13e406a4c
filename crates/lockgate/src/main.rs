//! Lockgate: the command line.

fn main() -> std::process::ExitCode {
    lockgate::main()
}
