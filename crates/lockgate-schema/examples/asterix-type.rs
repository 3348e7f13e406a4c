//! Prints the type file for an ASTERIX specification: `cargo run -p lockgate-schema --example asterix-type -- cat048.ast`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

fn main() -> std::process::ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("which specification?");
        return std::process::ExitCode::from(2);
    };
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("{path}: cannot be read");
        return std::process::ExitCode::from(2);
    };
    match lockgate_schema::asterix::convert(&text) {
        Ok((_, file)) => {
            print!("{file}");
            std::process::ExitCode::SUCCESS
        }
        Err(refusals) => {
            for refusal in refusals {
                eprintln!("{path}:{}: {}", refusal.line, refusal.says);
            }
            std::process::ExitCode::FAILURE
        }
    }
}
