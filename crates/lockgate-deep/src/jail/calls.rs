//! The system calls of a worker: those that read the question, compute, write the answer, and end. Any other kills the
//! process.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::collections::BTreeMap;

/// Allowed with any argument.
const FREE: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigreturn,
    libc::SYS_clock_gettime,
    // Maps of the standard library are seeded by it.
    libc::SYS_getrandom,
    // How a process that is out of memory says so to itself, before it aborts.
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigaction,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Closes the list around this process.
pub(super) fn close() -> Result<(), String> {
    let program = program().map_err(|fault| fault.to_string())?;
    seccompiler::apply_filter_all_threads(&program).map_err(|fault| fault.to_string())
}

fn program() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE.iter().map(|call| (*call, Vec::new())).collect();
    // The question comes on one descriptor, the answer goes to another; errors go nowhere. A descriptor that this process
    // was started with, whoever left it open, is neither read nor written: a limit on descriptors closes none.
    let on = |descriptor: u64| {
        SeccompRule::new(vec![SeccompCondition::new(
            0,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            descriptor,
        )?])
    };
    rules.insert(libc::SYS_read, vec![on(0)?]);
    rules.insert(libc::SYS_write, vec![on(1)?, on(2)?]);
    // Memory, and never a program in it: neither mapped nor made executable. And never a file.
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    let plain = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0)?;
    let no_file = SeccompCondition::new(4, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, u64::from(u32::MAX))?;
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![plain.clone(), no_file])?]);
    rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![plain])?]);
    // An abort of its own, so that too little memory is told from a forbidden call; no signal to any other process.
    let myself = u64::from(std::process::id());
    let abort = u64::from(libc::SIGABRT.unsigned_abs());
    rules.insert(
        libc::SYS_tgkill,
        vec![SeccompRule::new(vec![
            SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, myself)?,
            SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, abort)?,
        ])?],
    );
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, machine)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::kernel::{ALLOW, KILL, run};

    #[test]
    fn of_all_calls_only_the_listed_ones_pass() {
        let program = program().unwrap();
        for call in 0..600_u32 {
            let free = FREE.contains(&i64::from(call));
            let verdict = run(&program, call, [0; 6]);
            let judged_by_arguments =
                [libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_tgkill, libc::SYS_read, libc::SYS_write]
                    .contains(&i64::from(call));
            if !judged_by_arguments {
                assert_eq!(verdict, if free { ALLOW } else { KILL }, "call {call}");
            }
        }
    }

    #[test]
    fn no_descriptor_but_the_three_is_read_or_written() {
        let program = program().unwrap();
        let verdict = |call: i64, descriptor: u64| run(&program, call as u32, [descriptor, 0, 0, 0, 0, 0]);
        for (call, allowed) in [(libc::SYS_read, &[0][..]), (libc::SYS_write, &[1, 2])] {
            for descriptor in 0..40 {
                let right = if allowed.contains(&descriptor) { ALLOW } else { KILL };
                assert_eq!(verdict(call, descriptor), right, "call {call} on {descriptor}");
            }
        }
    }

    #[test]
    fn a_signal_goes_to_nobody_else() {
        let program = program().unwrap();
        let (kill, me) = (libc::SYS_tgkill as u32, u64::from(std::process::id()));
        assert_eq!(run(&program, kill, [me, me, 6, 0, 0, 0]), ALLOW);
        assert_eq!(run(&program, kill, [me, me, 9, 0, 0, 0]), KILL);
        assert_eq!(run(&program, kill, [1, 1, 6, 0, 0, 0]), KILL);
    }

    #[test]
    fn memory_is_neither_a_program_nor_a_file() {
        let program = program().unwrap();
        let (map, protect) = (libc::SYS_mmap as u32, libc::SYS_mprotect as u32);
        let none = u64::from(u32::MAX);
        let (read_write, execute) = (3_u64, 4_u64);
        assert_eq!(run(&program, map, [0, 4096, read_write, 0x22, none, 0]), ALLOW);
        assert_eq!(run(&program, map, [0, 4096, execute, 0x22, none, 0]), KILL);
        assert_eq!(run(&program, map, [0, 4096, read_write | execute, 0x22, none, 0]), KILL);
        assert_eq!(run(&program, map, [0, 4096, 1, 2, 0, 0]), KILL, "standard input as a file");
        assert_eq!(run(&program, protect, [0, 4096, read_write, 0, 0, 0]), ALLOW);
        assert_eq!(run(&program, protect, [0, 4096, 1 | execute, 0, 0, 0]), KILL);
    }
}
