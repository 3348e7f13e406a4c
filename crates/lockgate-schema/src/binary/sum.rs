//! Checksums, one function each; both readers and the emitter share them, since the published vectors judge them.

use super::model::SumKind;

/// The checksum of `bytes`, in the lowest bits.
pub(super) fn of(kind: SumKind, bytes: &[u8]) -> u64 {
    match kind {
        SumKind::Sum16 => u64::from(sum16(bytes)),
        SumKind::Xor8 => u64::from(bytes.iter().fold(0_u8, |sum, byte| sum ^ byte)),
        SumKind::Crc32 => u64::from(crc32(bytes)),
        SumKind::Crc16 => u64::from(crc16(bytes)),
        SumKind::Crc24 => u64::from(crc24(bytes)),
    }
}

/// MISB ST 0601, section on tag 1: bytes at even offsets are the high ones.
fn sum16(bytes: &[u8]) -> u16 {
    let mut sum = 0_u16;
    for pair in bytes.chunks(2) {
        let high = u16::from(pair.first().copied().unwrap_or(0)) << 8;
        sum = sum.wrapping_add(high).wrapping_add(u16::from(pair.get(1).copied().unwrap_or(0)));
    }
    sum
}

/// ISO 3309, reflected, as Ethernet and zip use it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF.
fn crc16(bytes: &[u8]) -> u16 {
    let mut sum = u16::MAX;
    for byte in bytes {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            sum = if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 };
        }
    }
    sum
}

/// The parity of Mode S (ICAO Annex 10, volume IV, 3.1.2.3.3): polynomial 0xFFF409, begun with 0.
fn crc24(bytes: &[u8]) -> u32 {
    let mut sum = 0_u32;
    for byte in bytes {
        sum ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            sum = if sum & 0x80_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1FF_F409 };
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::binary::model::SumKind;

    #[test]
    fn check_values_of_the_catalogue() {
        let check = b"123456789";
        assert_eq!(of(SumKind::Crc32, check), 0xCBF4_3926);
        assert_eq!(of(SumKind::Crc16, check), 0x29B1);
        // Published messages of aircraft: the last three bytes are the parity of those before.
        assert_eq!(of(SumKind::Crc24, &0x008D_4840_D620_2CC3_71C3_2CE0_u128.to_be_bytes()[5..]), 0x57_6098);
        assert_eq!(of(SumKind::Crc24, &0x008D_4062_1D58_C382_D690_C8AC_u128.to_be_bytes()[5..]), 0x28_63A7);
        assert_eq!(of(SumKind::Xor8, b"GPGLL,5300.97914,N,00259.98174,E,125926,A"), 0x28);
        assert_eq!(of(SumKind::Sum16, &[0x01, 0x02, 0xFF]), 0x0002);
    }
}
