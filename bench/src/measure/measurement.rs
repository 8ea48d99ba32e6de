//! Measurements, the choice among them, and the turns of what is compared in one.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use tokio::runtime::Builder;

use crate::row::Row;

/// Makes the rows of a measurement of this name.
type MakeRows = dyn Fn(&str, &Run) -> Result<Vec<Row>>;

/// Something that is measured, by its name.
pub(crate) struct Measurement {
    pub(crate) name: String,
    pub(crate) rows: Box<MakeRows>,
}

/// A run of this program.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// So little is measured that it only shows that everything works.
    pub(crate) is_trial: bool,
    /// The folder of this program, and of the functions.
    pub(crate) programs: PathBuf,
    /// The folder of a Python that has what the baseline needs.
    pub(crate) python: PathBuf,
}

impl Run {
    /// So many turns, or in a trial only so few.
    pub(crate) fn turns(&self, many: usize, few: usize) -> usize {
        if self.is_trial { few } else { many }
    }
}

impl Measurement {
    pub(crate) fn new<F>(name: impl Into<String>, rows: F) -> Self
    where
        F: Fn(&str, &Run) -> Result<Vec<Row>> + 'static,
    {
        Self { name: name.into(), rows: Box::new(rows) }
    }
}

/// The measurements of each kind that have one of the `wanted` parts in their names, or all if none is
/// wanted; at most four of each kind in a trial.
pub(crate) fn chosen(
    kinds: Vec<Vec<Measurement>>,
    wanted: &[String],
    is_trial: bool,
) -> Result<Vec<Measurement>> {
    for part in wanted {
        let names: Vec<_> = kinds.iter().flatten().map(|it| it.name.as_str()).collect();
        let is_known = names.iter().any(|name| name.contains(part));
        ensure!(is_known, "{part:?} is in none of these names:\n  {}", names.join("\n  "));
    }
    let mut chosen = Vec::new();
    for mut kind in kinds {
        kind.retain(|it| wanted.is_empty() || wanted.iter().any(|part| it.name.contains(part)));
        let step = if is_trial { kind.len().div_ceil(4).max(1) } else { 1 };
        chosen.extend(kind.into_iter().step_by(step));
    }
    Ok(chosen)
}

/// Samples of those that are compared. They take turns, so that what disturbs one disturbs all: in a
/// random order, since whoever is before decides what is left of one's own in the processor's caches.
/// The first samples do not count: connections are opened, and caches filled.
pub(crate) async fn in_turn<T, const N: usize>(
    turns: usize,
    mut sample: impl AsyncFnMut(usize) -> Result<T>,
) -> Result<[Vec<T>; N]> {
    let (mut samples, mut order) =
        ([const { Vec::new() }; N], std::array::from_fn::<_, N, _>(|nth| nth));
    for turn in 0..=turns {
        fastrand::shuffle(&mut order);
        for nth in order {
            let sample = sample(nth).await?;
            samples[nth].extend(Some(sample).filter(|_| turn > 0));
        }
    }
    Ok(samples)
}

/// Does `work` on a runtime of its own, all in this thread, as the functions do.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_made() {
        let names = |wanted: &[&str], is_trial| {
            let of = |name: &&str| Measurement::new(*name, |_, _| Ok(Vec::new()));
            let kinds: [&[_]; 2] = [&["1", "2", "10", "12", "20"], &["21", "22"]];
            let kinds = kinds.map(|kind| kind.iter().map(of).collect()).into();
            let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
            let chosen = chosen(kinds, &wanted, is_trial).unwrap_or_default();
            chosen.into_iter().map(|it| it.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&["1", "22"], false), "1 10 12 21 22");
        assert_eq!(names(&["22", "3"], false), "", "there is no 3");
        assert_eq!(names(&[], true), "1 10 20 21 22", "there are some of each kind");
    }
}
