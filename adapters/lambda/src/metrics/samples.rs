//! The values of one metric in one invocation.

/// CloudWatch takes no more values of one metric in one line.
const MOST: usize = 100;

/// A sum, or values one by one: all of them or, if there are too many, every second, every
/// fourth, …
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Samples {
    sum: u64,
    values: Vec<f64>,
    seen: usize,
    /// Every how many-th value is kept, minus one.
    skipped: usize,
}

impl Samples {
    pub(super) fn add(&mut self, count: u64) {
        self.sum = self.sum.saturating_add(count);
    }

    pub(super) fn push(&mut self, value: f64) {
        if self.seen.is_multiple_of(self.skipped + 1) {
            if self.values.len() == MOST {
                let mut index = 0;
                self.values.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.skipped = self.skipped * 2 + 1;
            }
            if self.seen.is_multiple_of(self.skipped + 1) {
                self.values.push(value);
            }
        }
        self.seen += 1;
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        match self.values.as_slice() {
            [] => self.sum.into(),
            [value] => rounded(*value).into(),
            values => values.iter().copied().map(rounded).collect(),
        }
    }
}

/// Rounds to thousandths: finer than that is noise.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_thinned_out_evenly() {
        for count in [1_u32, 100, 101, 1_000, 12_345] {
            let mut samples = Samples::default();
            (0..count).for_each(|value| samples.push(value.into()));
            let kept = samples.values.len();
            assert!(kept <= MOST && kept > (MOST / 2).min(count as usize - 1), "{count}: {kept}");
            let step = (samples.skipped + 1) as f64;
            let even = samples.values.iter().zip(0_u32..).all(|(v, i)| *v == step * f64::from(i));
            assert!(even, "{count}: {samples:?}");
        }
    }
}
