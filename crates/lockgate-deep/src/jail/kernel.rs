//! How the kernel runs a list of system calls, for tests.

use seccompiler::BpfProgram;

/// Runs the filter as the kernel does, on one call: the classic BPF subset that the compiler emits.
pub(super) fn run(program: &BpfProgram, call: u32, arguments: [u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend_from_slice(&call.to_le_bytes());
    data.extend_from_slice(&machine().to_le_bytes());
    data.extend_from_slice(&0_u64.to_le_bytes());
    for argument in arguments {
        data.extend_from_slice(&argument.to_le_bytes());
    }
    let (mut at, mut a) = (0_usize, 0_u32);
    loop {
        let step = &program[at];
        at += 1;
        let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
        match step.code {
            0x20 => {
                let from = step.k as usize;
                a = u32::from_le_bytes(data[from..from + 4].try_into().unwrap());
            }
            0x05 => at += step.k as usize,
            0x15 => at += jump(a == step.k),
            0x25 => at += jump(a > step.k),
            0x35 => at += jump(a >= step.k),
            0x54 => a &= step.k,
            0x06 => return step.k,
            other => panic!("no such step here: {other:#x}"),
        }
    }
}

fn machine() -> u32 {
    if cfg!(target_arch = "x86_64") { 0xC000_003E } else { 0xC000_00B7 }
}

pub(super) const ALLOW: u32 = 0x7FFF_0000;
pub(super) const KILL: u32 = 0x8000_0000;
/// Not done, with the number of an error.
pub(super) const NOT_PERMITTED: u32 = 0x0005_0001;
