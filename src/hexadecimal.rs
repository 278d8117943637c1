//! Bytes as hexadecimal digits.

/// Returns the bytes as lower-case digits, two for each.
pub(crate) fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(super::hexadecimal([0, 9, 10, 0xab, 0xff]), "00090aabff");
        assert_eq!(super::hexadecimal([]), "");
    }
}
