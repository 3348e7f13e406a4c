//! The system calls of a process that becomes a program of others, once: two lists, both closed before it does.
//!
//! ```text
//!   on the first list:             any other process, socket, trace, mount ...   the process is killed
//!   neither on the first nor on the second:                                      EPERM: not done
//!   on the second:                 reads, memory, time, the end                  done
//! ```
//! A library that asks for something odd at its start is told no, and goes on; what only an intruder asks for ends the process.
//!
//! **Once**: a program is started by the address of its path. Both lists name the address at which the path lies before the
//! start. What runs afterwards has other memory, cannot read the lists, and dies of the first wrong guess; landlock lets it
//! start nothing but itself and the loader in any case.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::collections::BTreeMap;
use std::ffi::CStr;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Fault = seccompiler::BackendError;

/// What no reader of pictures does.
const DEADLY: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_memfd_create,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_capset,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

/// Done with any argument. What they reach for is landlock's, and the descriptors' that there are.
const FREE: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_ppoll,
    libc::SYS_exit,
    libc::SYS_exit_group,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
];

/// Closes both lists around this process, which may then start what `program` says, from exactly there in memory.
pub(super) fn close(program: &CStr) -> Result<(), String> {
    // The first has to let the second one in.
    for list in [deadly(address(program)), done(address(program), std::process::id())] {
        let list = list.map_err(|fault| fault.to_string())?;
        seccompiler::apply_filter_all_threads(&list).map_err(|fault| fault.to_string())?;
    }
    Ok(())
}

fn address(program: &CStr) -> u64 {
    u64::try_from(program.as_ptr().addr()).unwrap_or(u64::MAX)
}

/// The first list.
fn deadly(program: u64) -> Result<BpfProgram, Fault> {
    let mut rules: Rules = DEADLY.iter().map(|call| (*call, Vec::new())).collect();
    let elsewhere = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, program)?;
    rules.insert(libc::SYS_execve, vec![SeccompRule::new(vec![elsewhere])?]);
    list(rules, SeccompAction::Allow, SeccompAction::KillProcess)
}

/// The second list.
fn done(program: u64, myself: u32) -> Result<BpfProgram, Fault> {
    let mut rules: Rules = FREE.iter().map(|call| (*call, Vec::new())).collect();
    let is = |argument: u8, value: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
    };
    let masked = |argument: u8, mask: i32, value: i32| {
        let (mask, value) = (u64::from(mask.unsigned_abs()), u64::from(value.unsigned_abs()));
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
    };
    let path = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, program)?;
    rules.insert(libc::SYS_execve, vec![SeccompRule::new(vec![path])?]);
    // The answer, and what is said beside it, which nobody reads.
    let answers = vec![SeccompRule::new(vec![is(0, 1)?])?, SeccompRule::new(vec![is(0, 2)?])?];
    rules.insert(libc::SYS_write, answers.clone());
    rules.insert(libc::SYS_writev, answers);
    // To be read only, and nothing made.
    let changes = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;
    rules.insert(libc::SYS_openat, vec![SeccompRule::new(vec![masked(2, changes, libc::O_RDONLY)?])?]);
    let asks = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL];
    let asks = asks.iter().map(|ask| SeccompRule::new(vec![is(1, u64::from(ask.unsigned_abs()))?]));
    rules.insert(libc::SYS_fcntl, asks.collect::<Result<_, _>>()?);
    // How much there is of something, of this process; never more of it.
    let no_limit = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![is(0, 0)?, no_limit])?]);
    // Memory without a program in it; and programs from files that can be read, never to be written to.
    let run_or_write = libc::PROT_EXEC | libc::PROT_WRITE;
    let plain = masked(2, libc::PROT_EXEC, 0)?;
    let of_a_file = SeccompCondition::new(4, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(u32::MAX))?;
    let private = masked(3, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::MAP_PRIVATE)?;
    let library = vec![masked(2, run_or_write, libc::PROT_EXEC)?, private, of_a_file];
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![plain.clone()])?, SeccompRule::new(library)?]);
    rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![plain])?]);
    let abort = [is(0, u64::from(myself))?, is(2, u64::from(libc::SIGABRT.unsigned_abs()))?];
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(abort.to_vec())?]);
    list(rules, SeccompAction::Errno(libc::EPERM.unsigned_abs()), SeccompAction::Allow)
}

fn list(rules: Rules, others: SeccompAction, these: SeccompAction) -> Result<BpfProgram, Fault> {
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, others, these, machine)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::kernel::{ALLOW, KILL, NOT_PERMITTED, run};

    const PATH: u64 = 0x7F12_3456_7890;
    const ME: u32 = 4_321;

    /// What the kernel does of what two lists say: the stricter.
    fn verdict(call: i64, arguments: [u64; 6]) -> u32 {
        let call = u32::try_from(call).unwrap();
        let first = run(&deadly(PATH).unwrap(), call, arguments);
        let second = run(&done(PATH, ME).unwrap(), call, arguments);
        if first == KILL { KILL } else { second }
    }

    #[test]
    fn of_all_calls_the_deadly_kill_the_listed_are_done_and_the_others_are_not() {
        let by_arguments = [
            libc::SYS_execve,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_openat,
            libc::SYS_fcntl,
            libc::SYS_prlimit64,
            libc::SYS_mmap,
            libc::SYS_mprotect,
            libc::SYS_tgkill,
        ];
        for call in (0..600).filter(|call| !by_arguments.contains(call)) {
            let right = match (DEADLY.contains(&call), FREE.contains(&call)) {
                (true, false) => KILL,
                (false, true) => ALLOW,
                (false, false) => NOT_PERMITTED,
                (true, true) => panic!("on both lists: {call}"),
            };
            assert_eq!(verdict(call, [0; 6]), right, "call {call}");
        }
    }

    #[test]
    fn a_program_is_started_from_one_place_in_memory_only() {
        assert_eq!(verdict(libc::SYS_execve, [PATH, 1, 1, 0, 0, 0]), ALLOW);
        for wrong in [0, PATH + 1, PATH - 1, PATH ^ (1 << 40), u64::from(u32::MAX) & PATH] {
            assert_eq!(verdict(libc::SYS_execve, [wrong, 1, 1, 0, 0, 0]), KILL, "{wrong:#x}");
        }
    }

    #[test]
    fn files_are_read_and_memory_of_programs_comes_from_them_only() {
        let open = |flags: i32| verdict(libc::SYS_openat, [0, 0, u64::from(flags.unsigned_abs()), 0, 0, 0]);
        assert_eq!(open(libc::O_RDONLY | libc::O_CLOEXEC), ALLOW);
        for wrong in [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC, libc::O_APPEND] {
            assert_eq!(open(wrong), NOT_PERMITTED, "{wrong:#o}");
        }
        let none = u64::from(u32::MAX);
        let map = |protection: u64, flags: u64, file: u64| {
            verdict(libc::SYS_mmap, [0, 4096, protection, flags, file, 0])
        };
        let (write, run) = (3, 5);
        assert_eq!(map(write, 0x22, none), ALLOW);
        assert_eq!(map(run, 0x802, 3), ALLOW, "a library");
        assert_eq!(map(run, 0x22, none), NOT_PERMITTED, "of no file");
        assert_eq!(map(run, 0x22, 3), NOT_PERMITTED, "anonymous, whatever the descriptor");
        assert_eq!(map(run, 1, 3), NOT_PERMITTED, "shared");
        assert_eq!(map(7, 2, 3), NOT_PERMITTED, "to be written and run");
        assert_eq!(verdict(libc::SYS_mprotect, [0, 4096, 1, 0, 0, 0]), ALLOW);
        assert_eq!(verdict(libc::SYS_mprotect, [0, 4096, 5, 0, 0, 0]), NOT_PERMITTED);
    }

    #[test]
    fn it_writes_its_answer_asks_for_limits_and_ends_nobody_but_itself() {
        for descriptor in 0..20 {
            let right = if matches!(descriptor, 1 | 2) { ALLOW } else { NOT_PERMITTED };
            assert_eq!(verdict(libc::SYS_write, [descriptor, 0, 0, 0, 0, 0]), right);
        }
        assert_eq!(verdict(libc::SYS_prlimit64, [0, 3, 0, 8, 0, 0]), ALLOW);
        assert_eq!(verdict(libc::SYS_prlimit64, [0, 3, 8, 0, 0, 0]), NOT_PERMITTED, "a new limit");
        assert_eq!(verdict(libc::SYS_prlimit64, [1, 3, 0, 8, 0, 0]), NOT_PERMITTED, "of another");
        let me = u64::from(ME);
        assert_eq!(verdict(libc::SYS_tgkill, [me, me, 6, 0, 0, 0]), ALLOW);
        assert_eq!(verdict(libc::SYS_tgkill, [me, me, 9, 0, 0, 0]), NOT_PERMITTED);
        assert_eq!(verdict(libc::SYS_tgkill, [1, 1, 6, 0, 0, 0]), NOT_PERMITTED);
        assert_eq!(verdict(libc::SYS_fcntl, [0, 3, 0, 0, 0, 0]), ALLOW);
        assert_eq!(verdict(libc::SYS_fcntl, [0, 8, 0, 0, 0, 0]), NOT_PERMITTED, "whom to tell of it");
    }
}
