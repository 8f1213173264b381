//! A number in, the number as people read it out.

/// A number with a comma between groups of three: `1,204`.
pub fn amount(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn groups_of_three_are_parted() {
        let shown: Vec<String> = [0, 12, 999, 1_000, 98_412, 1_234_567]
            .into_iter()
            .map(amount)
            .collect();
        assert_eq!(shown, ["0", "12", "999", "1,000", "98,412", "1,234,567"]);
    }
}
