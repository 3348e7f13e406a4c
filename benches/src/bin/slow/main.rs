//! Measures the slow path, end to end: worker, walk, pixels, the object built anew, and the second look at that; beside the
//! bare renderer and decoder in this process. One JSON line a figure. `slow make-scan FILE` writes the scan.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "a measuring program: it prints figures about files of its own making"
)]

mod make;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    #[cfg(target_os = "linux")]
    match words.as_slice() {
        [command] if *command == lockgate_deep::COMMAND => {
            return lockgate_deep::work(&lockgate_deep::Limits::USUAL);
        }
        ["jail"] => return measured::jail(),
        _ => {}
    }
    let done = match words.as_slice() {
        ["make-scan", file] => {
            make::scan().and_then(|scan| std::fs::write(file, scan).map_err(|fault| fault.to_string()))
        }
        #[cfg(target_os = "linux")]
        [] => measured::all(),
        #[cfg(target_os = "linux")]
        ["phases"] => measured::phases(),
        _ => Err("usage: slow [make-scan FILE]; measures on Linux only".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(says) => {
            eprintln!("slow: {says}");
            ExitCode::from(2)
        }
    }
}

#[cfg(target_os = "linux")]
mod measured {
    use crate::make;
    use hayro::hayro_interpret::InterpreterSettings;
    use hayro::hayro_syntax::Pdf;
    use hayro::{PixmapSettings, RenderCache, RenderSettings};
    use lockgate_bytes::Untrusted;
    use lockgate_core::{Deep, Finding, Looked, Making, Reading};
    use lockgate_deep::{Ask, Jailed, Limits, Place, Rebuild, Settings};
    use std::process::{Command, ExitCode};
    use std::time::{Duration, Instant};

    pub(crate) fn all() -> Result<(), String> {
        let (page, scan, photograph) = (make::page(), make::scan()?, make::photograph()?);
        let mut jailed = Jailed::new(Settings { reader: Place::Nowhere, ..Settings::default() });
        let page_ms = looked(&mut jailed, 40, &page)?;
        print("slow.page", page_ms, "ms");
        let scan_ms = looked(&mut jailed, 3, &scan)?;
        print("slow.scan", scan_ms / 1_000.0, "s");
        let photograph_ms = looked(&mut jailed, 5, &photograph)?;
        print("slow.photograph", photograph_ms / 1_000.0, "s");
        drop(jailed);
        let most = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
        print("slow.memory", most.map_err(|errno| errno.to_string())?.max_rss() as f64 / 1_024.0, "MiB");
        print("slow.jail", jails()?, "ms");
        let bare = |name: &str, ours: f64, theirs: f64| {
            println!(
                "{{\"name\":\"note\",\"text\":\"{name}: {ours:.1} ms, {theirs:.1} ms bare, ratio {:.2}\"}}",
                ours / theirs
            );
        };
        bare("slow.page beside bare hayro", page_ms, median(40, || rendered(&page))?);
        bare("slow.scan beside bare hayro", scan_ms, median(3, || rendered(&scan))?);
        bare("slow.photograph beside bare zune-jpeg", photograph_ms, median(5, || decoded(&photograph))?);
        println!("{{\"name\":\"note\",\"text\":\"slow.scan: {} bytes\"}}", scan.len());
        Ok(())
    }

    /// One page in this process, without jail or pipes: how long it takes as more is asked.
    pub(crate) fn phases() -> Result<(), String> {
        let page = make::page();
        let lossy = Ask { rebuild: Rebuild::Lossy, ..Ask::PIXELS };
        let lossless = Ask { rebuild: Rebuild::Lossless, ..Ask::PIXELS };
        for (name, ask) in [
            ("structure", Ask::STRUCTURE),
            ("pixels", Ask::PIXELS),
            ("previews", Ask { previews: 1, ..Ask::PIXELS }),
            ("lossy", lossy),
            ("lossless", lossless),
        ] {
            let took = median(40, || {
                std::hint::black_box(lockgate_deep::look_as(&page, ask));
                Ok(())
            })?;
            println!("{{\"name\":\"slow.page.{name}\",\"value\":{took:.3},\"unit\":\"ms\"}}");
        }
        let built = lockgate_deep::look_as(&page, lossy).rebuilt.ok_or("not built anew")?.bytes;
        let again = median(40, || {
            std::hint::black_box(lockgate_deep::look_as(&built, Ask::STRUCTURE));
            Ok(())
        })?;
        print("slow.page.again", again, "ms");
        print("slow.page.bare", median(40, || rendered(&page))?, "ms");
        Ok(())
    }

    fn print(name: &str, value: f64, unit: &str) {
        println!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"}}");
    }

    /// The median of so many runs after one that warms up, in milliseconds.
    fn median(runs: usize, mut work: impl FnMut() -> Result<(), String>) -> Result<f64, String> {
        let timed = || {
            let began = Instant::now();
            work().map(|()| began.elapsed())
        };
        middle(runs, timed)
    }

    /// The same for objects that are looked into: the pool is warm before the clock runs. That is when nobody waits for workers
    /// to start; on a machine without a processor to spare, they would start in the time of the next object.
    fn looked(jailed: &mut Jailed, runs: usize, object: &[u8]) -> Result<f64, String> {
        let timed = || {
            jailed.prepare().map_err(|failure| format!("{failure:?}"))?;
            let began = Instant::now();
            look(jailed, object).map(|()| began.elapsed())
        };
        middle(runs, timed)
    }

    fn middle(runs: usize, mut timed: impl FnMut() -> Result<Duration, String>) -> Result<f64, String> {
        timed()?;
        let mut times = (0..runs).map(|_| timed()).collect::<Result<Vec<Duration>, String>>()?;
        times.sort();
        times.get(runs / 2).map(|time| time.as_secs_f64() * 1_000.0).ok_or_else(|| "no runs".to_owned())
    }

    /// Everything that is done with an object but reading text in its pictures, which the bars leave out: it has to be
    /// rendered and built anew, without a finding.
    fn look(jailed: &mut Jailed, object: &[u8]) -> Result<(), String> {
        let making = Making { reading: Reading::Off, ..Making::default() };
        match jailed.look(Untrusted::new(object), making) {
            Looked::Through(seen) if seen.rebuilt.is_some() && seen.findings.iter().all(is_off) => Ok(()),
            Looked::Through(seen) => Err(format!("not built anew: {:?}", seen.findings)),
            Looked::Failed(code) => Err(format!("{}: {}", code.id(), code.says())),
        }
    }

    /// The one thing that is said of it: nobody reads its pictures here.
    fn is_off(finding: &Finding) -> bool {
        finding.code.name == "ocr.off"
    }

    fn rendered(file: &[u8]) -> Result<(), String> {
        let pdf = Pdf::new(file.to_vec()).map_err(|fault| format!("{fault:?}"))?;
        let cache = RenderCache::new();
        let scale = 150.0 / 72.0;
        let sides = PixmapSettings { x_scale: scale, y_scale: scale, ..PixmapSettings::default() };
        for page in pdf.pages().iter() {
            let pixmap = hayro::render(
                page,
                &cache,
                &InterpreterSettings::default(),
                &RenderSettings::default(),
                &sides,
            );
            std::hint::black_box(pixmap);
        }
        Ok(())
    }

    fn decoded(file: &[u8]) -> Result<(), String> {
        let source = zune_core::bytestream::ZCursor::new(file);
        let pixels = zune_jpeg::JpegDecoder::new(source).decode().map_err(|fault| fault.to_string())?;
        std::hint::black_box(pixels);
        Ok(())
    }

    /// Median time that a process takes to close its jail, in milliseconds; each says its own.
    fn jails() -> Result<f64, String> {
        let mut times = Vec::new();
        for _ in 0..21 {
            let said =
                Command::new("/proc/self/exe").arg("jail").output().map_err(|fault| fault.to_string())?;
            let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
            times.push(said.parse::<f64>().map_err(|_| format!("a jail said `{said}`"))?);
        }
        times.sort_by(f64::total_cmp);
        times.get(10).map(|nanoseconds| nanoseconds / 1e6).ok_or_else(|| "no jails".to_owned())
    }

    pub(crate) fn jail() -> ExitCode {
        let began = Instant::now();
        let entered = lockgate_deep::enter(&Limits::USUAL);
        let took = began.elapsed().as_nanos();
        if entered.is_err() {
            return ExitCode::from(3);
        }
        println!("{took}");
        ExitCode::SUCCESS
    }
}
