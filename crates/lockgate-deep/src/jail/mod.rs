//! The jail of a worker: closed by the worker itself, before it reads a byte, for good.
//!
//! The order matters: the priority, which reads a file of the system; limits that the later steps do not need to exceed; landlock, which opens a descriptor of its own;
//! then the limit on descriptors; then the list of system calls, which allows none of the calls before it.

mod calls;
#[cfg(test)]
mod kernel;
mod once;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What one worker may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space, in bytes.
    pub memory_bytes: u64,
    /// Time on a processor, in whole seconds.
    pub cpu_seconds: u64,
}

impl Limits {
    /// 1 GiB and 10 s.
    pub const USUAL: Self = Self { memory_bytes: 1 << 30, cpu_seconds: 10 };
}

/// Why this kernel has no jail for a worker. The text names the step, and what the system said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoJail(pub String);

/// Closes the jail around this process. There is no way back.
///
/// # Errors
/// [`NoJail`] where any step failed, or was done in part: the process then must not see an object.
pub fn enter(limits: &Limits) -> Result<(), NoJail> {
    stand_back(0)?;
    limit(limits)?;
    deny_files_and_network(&[])?;
    // Standard input, output and error, and never another.
    set(Resource::Nofile, 3)?;
    calls::close().map_err(|says| NoJail(format!("list of system calls: {says}")))
}

/// What a program of others may open in its jail, and nothing else.
pub(crate) struct Opens<'a> {
    /// The program, which is started once; nothing else can be but the loader that the kernel starts for it.
    pub(crate) program: &'a CStr,
    /// The folder of its data.
    pub(crate) data: &'a Path,
}

/// How far a reader stands back for others on a kernel that does not count how long a process waits. Further back, a machine that
/// is busy for a while has it run out of time.
const NICE_UNCOUNTED: i32 = 5;
/// Descriptors of a program that opens its libraries one after the other.
const DESCRIPTORS: u64 = 16;

/// Closes the jail around this process, which is then to become `opens.program`: by exactly that text in memory, once. What
/// runs in it afterwards reads system libraries and its own data, and writes nothing but its answer.
///
/// # Errors
/// As of [`enter`].
pub(crate) fn enter_to_become(opens: &Opens<'_>, limits: &Limits) -> Result<(), NoJail> {
    close_all_but_standard()?;
    stand_back(NICE_UNCOUNTED)?;
    limit(limits)?;
    let program = OsStr::from_bytes(opens.program.to_bytes());
    let (run, read) = (AccessFs::Execute | AccessFs::ReadFile, BitFlags::from(AccessFs::ReadFile));
    let mut rules = vec![(Path::new(program), run), (opens.data, read)];
    rules.extend(INTERPRETERS.iter().map(|file| (Path::new(*file), run)));
    rules.extend(LIBRARIES.iter().map(|folder| (Path::new(*folder), read)));
    rules.retain(|(path, _)| path.exists());
    deny_files_and_network(&rules)?;
    set(Resource::Nofile, DESCRIPTORS)?;
    once::close(opens.program).map_err(|says| NoJail(format!("lists of system calls: {says}")))
}

/// What maps a program's libraries, and is started by the kernel before the program is.
const INTERPRETERS: &[&str] = &[
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];
/// Where libraries lie, and the list of them. Nothing there is secret.
const LIBRARIES: &[&str] =
    &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"];

/// Closes every descriptor beyond the three: whoever started this program may have left one open, and what is to be started
/// here reads files.
fn close_all_but_standard() -> Result<(), NoJail> {
    let failed = |fault: std::io::Error| NoJail(format!("list of descriptors: {}", fault.kind()));
    let listed = std::fs::read_dir("/proc/self/fd").map_err(failed)?;
    let names = listed.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>();
    for name in names.map_err(failed)? {
        let number = name.to_str().and_then(|name| name.parse::<i32>().ok());
        if let Some(number) = number.filter(|number| *number > 2) {
            // The one that listed them is closed already.
            let _ = nix::unistd::close(number);
        }
    }
    Ok(())
}

fn stand_back(otherwise: i32) -> Result<(), NoJail> {
    crate::patience::stand_back(otherwise).map_err(|errno| NoJail(format!("standing back: {errno}")))
}

fn limit(limits: &Limits) -> Result<(), NoJail> {
    let failed = |step: &str, errno: rustix::io::Errno| NoJail(format!("{step}: {errno}"));
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|errno| failed("end with the parent", errno))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|errno| failed("no memory dumps", errno))?;
    set(Resource::As, limits.memory_bytes)?;
    set(Resource::Cpu, limits.cpu_seconds)?;
    set(Resource::Fsize, 0)?;
    set(Resource::Core, 0)?;
    set(Resource::Nproc, 0)
}

fn set(resource: Resource, value: u64) -> Result<(), NoJail> {
    rustix::process::setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
        .map_err(|errno| NoJail(format!("limit {resource:?}: {errno}")))
}

/// Everything that landlock knows of is denied, but what `allowed` names: files must be, the network and signals are where
/// the kernel can (the list of system calls denies sockets in any case).
fn deny_files_and_network(allowed: &[(&Path, BitFlags<AccessFs>)]) -> Result<(), NoJail> {
    let failed = |fault: &dyn core::fmt::Display| NoJail(format!("landlock: {fault}"));
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .map_err(|fault| failed(&fault))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))
        .map_err(|fault| failed(&fault))?
        .handle_access(AccessNet::from_all(ABI::V5))
        .map_err(|fault| failed(&fault))?
        .scope(Scope::from_all(ABI::V6))
        .map_err(|fault| failed(&fault))?
        .create()
        .map_err(|fault| failed(&fault))?;
    for (path, access) in allowed {
        let path = PathFd::new(path).map_err(|fault| failed(&fault))?;
        ruleset = ruleset.add_rule(PathBeneath::new(path, *access)).map_err(|fault| failed(&fault))?;
    }
    let status = ruleset.restrict_self().map_err(|fault| failed(&fault))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced if status.no_new_privs => Ok(()),
        _ => Err(NoJail("landlock: this kernel does not enforce it".to_owned())),
    }
}
