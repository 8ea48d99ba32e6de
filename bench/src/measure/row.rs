//! Rows of the table: samples, beside those of what they are compared with.

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: Vec<f64>,
    /// The name of what ours is compared with, if it is with anything.
    pub(crate) peer: String,
    /// The samples of the peer, each taken right before or after ours of the same number. What disturbs
    /// the one disturbs the other, so that their ratio spreads less than they do.
    pub(crate) theirs: Vec<f64>,
    pub(crate) bound: Option<Bound>,
    /// It is in the short table, as every missed bound is.
    pub(crate) is_short: bool,
}

/// The most that the median of ours may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    /// So many times the peer's.
    Times(f64),
    /// The peer's and so much.
    More(f64),
    /// So much.
    Most(f64),
}

impl Row {
    /// A row of the short table, without a bound.
    pub(crate) fn new(
        what: impl Into<String>,
        unit: &'static str,
        ours: &[f64],
        peer: impl Into<String>,
        theirs: &[f64],
    ) -> Self {
        let (what, ours, peer, theirs) = (what.into(), ours.to_vec(), peer.into(), theirs.to_vec());
        Self { what, unit, ours, peer, theirs, bound: None, is_short: true }
    }

    /// Quartiles of the ratios.
    pub(crate) fn ratio(&self) -> [f64; 3] {
        let ratios = self.ours.iter().zip(&self.theirs).map(|(ours, theirs)| ours / theirs);
        quartiles(&ratios.collect::<Vec<_>>())
    }

    /// The part of its bound that it takes, if it has one.
    pub(crate) fn share_of_bound(&self) -> Option<f64> {
        let [ours, theirs] = [&self.ours, &self.theirs].map(|samples| quantile(samples, 0.5));
        Some(match self.bound? {
            Bound::Times(times) => self.ratio()[1] / times,
            Bound::More(more) => (ours - theirs) / more,
            Bound::Most(most) => ours / most,
        })
    }

    /// Tells if it keeps its bound, if it has one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.share_of_bound().map(|share| share <= 1.0)
    }

    pub(crate) fn is_short(&self) -> bool {
        self.is_short || self.is_met() == Some(false)
    }
}

pub(crate) fn quartiles(samples: &[f64]) -> [f64; 3] {
    [0.25, 0.5, 0.75].map(|share| quantile(samples, share))
}

/// The value below which `share` of the samples lie, between two of them in proportion; not a number
/// if there are none.
pub(crate) fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = last as f64 * share;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_up_to_itself() {
        assert_eq!(quartiles(&[4.0, 1.0, 2.0, 3.0]), [1.75, 2.5, 3.25]);
        for (bound, kept) in
            [(Bound::Times(1.5), 15.0), (Bound::More(1.0), 11.0), (Bound::Most(3.0), 3.0)]
        {
            for (ours, is_met) in [(kept, true), (kept + 0.1, false), (f64::NAN, false)] {
                let row = Row::new("what", "ms", &[ours], "peer", &[10.0]);
                let row = Row { bound: Some(bound), is_short: false, ..row };
                assert_eq!((row.is_met(), row.is_short()), (Some(is_met), !is_met), "{row:?}");
            }
        }
    }
}
