//! Welch's t-test.

/// Below this nobody can say that two times differ; dudect's own threshold.
pub(crate) const THRESHOLD: f64 = 4.5;

/// The distance between the means of two samples, in standard errors.
pub(crate) fn welch(one: impl AsRef<[f64]>, another: impl AsRef<[f64]>) -> f64 {
    let (one, another) = (one.as_ref(), another.as_ref());
    let error = |sample: &[f64]| variance(sample) / sample.len() as f64;
    (mean(one) - mean(another)) / (error(one) + error(another)).sqrt()
}

pub(crate) fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

/// Without the slowest tenth, which is what the machine did meanwhile.
pub(crate) fn fastest(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.truncate(sample.len() - sample.len() / 10);
    sorted
}

fn variance(sample: &[f64]) -> f64 {
    let mean = mean(sample);
    let squares = sample.iter().map(|value| (value - mean).powi(2));
    squares.sum::<f64>() / (sample.len() - 1) as f64
}
