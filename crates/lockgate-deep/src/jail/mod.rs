//! The jail of a worker: closed by the worker itself, before it reads a byte, for good.
//!
//! The order matters: limits that the later steps do not need to exceed; landlock, which opens a descriptor of its own;
//! then the limit on descriptors; then the list of system calls, which allows none of the calls before it.

mod calls;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};

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
    limit(limits)?;
    deny_files_and_network()?;
    // Standard input, output and error, and never another.
    set(Resource::Nofile, 3)?;
    calls::close().map_err(|says| NoJail(format!("list of system calls: {says}")))
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

/// Everything that landlock knows of is denied: files must be, the network and signals are where the kernel can (the
/// list of system calls denies sockets in any case).
fn deny_files_and_network() -> Result<(), NoJail> {
    let failed = |fault: &dyn core::fmt::Display| NoJail(format!("landlock: {fault}"));
    let status = Ruleset::default()
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
        .map_err(|fault| failed(&fault))?
        .restrict_self()
        .map_err(|fault| failed(&fault))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced if status.no_new_privs => Ok(()),
        _ => Err(NoJail("landlock: this kernel does not enforce it".to_owned())),
    }
}
