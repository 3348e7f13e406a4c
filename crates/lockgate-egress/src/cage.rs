//! What the sending thread may ask of the system: to send, or to write files; never to receive.
//!
//! A list of what is allowed, for one thread, for good. Everything else fails with `EPERM`: receiving in every form,
//! reading a descriptor (a socket is one), accepting, connecting, binding, opening sockets, starting programs.

mod files;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::collections::BTreeMap;

/// The two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cage {
    /// Sends datagrams on sockets that are connected already. No files.
    Datagrams,
    /// Creates, writes, renames and removes files. No sockets, and no reading.
    Files,
}

/// Memory, threads, time, and the end of the thread.
const BOTH: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Messages of a panic; on a socket it sends, and no more.
    libc::SYS_write,
    libc::SYS_writev,
];

/// `sendto` stands apart: only without an address.
const DATAGRAMS: &[i64] = &[libc::SYS_sendmmsg, libc::SYS_sendmsg];

impl Cage {
    /// Closes it around the calling thread. There is no way back.
    ///
    /// # Errors
    /// What the system says, in words.
    pub fn close(self) -> Result<(), String> {
        let program = self.program().map_err(|fault| fault.to_string())?;
        seccompiler::apply_filter(&program).map_err(|fault| fault.to_string())
    }

    fn program(self) -> Result<BpfProgram, seccompiler::BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        // Memory only: a file that is mapped is a file that is read.
        rules.insert(libc::SYS_mmap, vec![argument(4, SeccompCmpArgLen::Dword, u64::from(u32::MAX))?]);
        let of_its_own = match self {
            Self::Datagrams => {
                // To the peer of the socket, and to nobody else.
                rules.insert(libc::SYS_sendto, vec![argument(4, SeccompCmpArgLen::Qword, 0)?]);
                DATAGRAMS
            }
            Self::Files => files::rules(&mut rules)?,
        };
        for call in BOTH.iter().chain(of_its_own) {
            rules.insert(*call, Vec::new());
        }
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let machine = TargetArch::try_from(std::env::consts::ARCH)?;
        SeccompFilter::new(rules, refused, SeccompAction::Allow, machine)?.try_into()
    }
}

fn argument(
    index: u8,
    length: SeccompCmpArgLen,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(index, length, SeccompCmpOp::Eq, value)?])
}
