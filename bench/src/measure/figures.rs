//! What was measured: samples, and rows of the table.

use serde::Serialize;

/// The median of some samples, and the middle half of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(samples: &[f64]) -> Self {
        Self {
            low: quantile(samples, 0.25),
            median: quantile(samples, 0.5),
            high: quantile(samples, 0.75),
        }
    }

    /// Of what cannot differ.
    pub(crate) fn exactly(value: f64) -> Self {
        Self { low: value, median: value, high: value }
    }

    /// As far apart as the middle halves of both allow.
    fn over(self, other: Self) -> Self {
        Self {
            low: self.low / other.high,
            median: self.median / other.median,
            high: self.high / other.low,
        }
    }
}

/// Below which `share` of the samples lie, between two of them in proportion; not a number if there
/// are none.
pub(crate) fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = last as f64 * share;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// A line of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) value: Spread,
    pub(crate) peer: Option<Peer>,
    pub(crate) bound: Option<Bound>,
    /// Whether it is in the short table whatever was measured.
    pub(crate) short: bool,
}

/// What a value is compared with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peer {
    pub(crate) what: String,
    pub(crate) value: Spread,
    /// How many times the peer's value it is.
    pub(crate) ratio: Spread,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    Mebibytes,
    PerSecond,
    RoundTrips,
    Percent,
}

/// What a median must not be above.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum Bound {
    /// So many times the peer's.
    Times(f64),
    /// The peer's and so much.
    More(f64),
    /// So much.
    Most(f64),
}

impl Row {
    pub(crate) fn new(group: &'static str, what: impl Into<String>, unit: Unit) -> Self {
        let (value, what) = (Spread::exactly(f64::NAN), what.into());
        Self { group, what, unit, value, peer: None, bound: None, short: false }
    }

    pub(crate) fn value(self, value: Spread) -> Self {
        Self { value, ..self }
    }

    /// Next to something that was measured at another time of the run.
    pub(crate) fn next_to(self, what: impl Into<String>, value: Spread) -> Self {
        let ratio = self.value.over(value);
        Self { peer: Some(Peer { what: what.into(), value, ratio }), ..self }
    }

    /// With both in pairs, one right after the other: what disturbs the one disturbs the other, so
    /// that their ratio spreads less than they do.
    pub(crate) fn in_pairs(self, samples: &[f64], what: impl Into<String>, peer: &[f64]) -> Self {
        let ratios: Vec<_> = samples.iter().zip(peer).map(|(one, other)| one / other).collect();
        let (value, ratio) = (Spread::of(peer), Spread::of(&ratios));
        let peer = Some(Peer { what: what.into(), value, ratio });
        Self { value: Spread::of(samples), peer, ..self }
    }

    pub(crate) fn bound(self, bound: Bound) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// In the short table, too.
    pub(crate) fn short(self) -> Self {
        Self { short: true, ..self }
    }

    /// Whether it is in the short table; so is every missed bound.
    pub(crate) fn is_short(&self) -> bool {
        self.short || self.is_met() == Some(false)
    }

    /// What part of its bound it takes, if it has one.
    pub(crate) fn share_of_bound(&self) -> Option<f64> {
        let (value, peer) = (self.value.median, self.peer.as_ref());
        Some(match self.bound? {
            Bound::Times(times) => peer.map_or(f64::NAN, |peer| peer.ratio.median) / times,
            Bound::More(more) => (value - peer.map_or(f64::NAN, |peer| peer.value.median)) / more,
            Bound::Most(most) => value / most,
        })
    }

    /// Whether it keeps its bound, if it has one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.share_of_bound().map(|share| share <= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64) -> Row {
        let row = Row::new("group", "what", Unit::Milliseconds).value(Spread::exactly(value));
        row.next_to("peer", Spread::exactly(10.0))
    }

    #[test]
    fn quartiles() {
        let spread = Spread::of(&[5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!(spread, Spread { low: 2.0, median: 3.0, high: 4.0 });
        let spread = Spread::of(&[4.0, 1.0, 2.0, 3.0]);
        assert_eq!(spread, Spread { low: 1.75, median: 2.5, high: 3.25 });
        assert!(Spread::of(&[]).median.is_nan());
    }

    #[test]
    fn a_bound_is_kept_up_to_itself() {
        assert_eq!(row(1.0).is_met(), None);
        for (bound, kept, missed) in [
            (Bound::Times(1.5), 15.0, 15.1),
            (Bound::More(1.0), 11.0, 11.1),
            (Bound::Most(3.0), 3.0, 3.1),
        ] {
            assert_eq!(row(kept).bound(bound).is_met(), Some(true), "{bound:?}");
            assert_eq!(row(missed).bound(bound).is_met(), Some(false), "{bound:?}");
        }
        let nothing = Row::new("group", "what", Unit::Milliseconds);
        for bound in [Bound::Times(1.5), Bound::More(1.0), Bound::Most(3.0)] {
            let is_met = nothing.clone().bound(bound).is_met();
            assert_eq!(is_met, Some(false), "what was not measured does not keep {bound:?}");
        }
    }

    #[test]
    fn a_missed_bound_is_in_the_short_table() {
        assert!(!row(1.0).is_short());
        assert!(row(1.0).short().is_short());
        assert!(!row(1.0).bound(Bound::Most(1.0)).is_short());
        assert!(row(1.1).bound(Bound::Most(1.0)).is_short());
    }

    #[test]
    fn the_ratio_of_pairs_is_that_of_each_pair() {
        let row = Row::new("group", "what", Unit::Milliseconds);
        let peer = row.in_pairs(&[2.0, 20.0, 200.0], "peer", &[1.0, 10.0, 100.0]).peer.unwrap();
        assert_eq!(peer.ratio, Spread::exactly(2.0));
    }
}
