//! What is measured, and how much.

use anyhow::{Result, ensure};

use crate::scene::Scene;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    /// Whether it is so little that it only shows that everything works.
    pub(crate) is_trial: bool,
    /// Parts of the names of what is measured; none if all of it is.
    pub(crate) wanted: &'a [String],
}

impl Plan<'_> {
    /// Everything that is wanted has to be called something that there is.
    pub(crate) fn check(self, names: &[String]) -> Result<()> {
        for part in self.wanted {
            let is_known = names.iter().any(|name| name.contains(part.as_str()));
            ensure!(is_known, "{part:?} is in none of these names:\n  {}", names.join("\n  "));
        }
        Ok(())
    }

    pub(crate) fn wants(self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part.as_str()))
    }

    /// Blocks of measurements that alternate with blocks of what they are compared with.
    pub(crate) fn blocks(self) -> usize {
        if self.is_trial { 2 } else { 30 }
    }

    /// Where those at once are in each other's way a block takes seconds. Elsewhere it is so short that
    /// there are twice as many.
    pub(crate) fn blocks_of(self, scene: Scene) -> usize {
        if scene.is_crowded() { self.blocks().div_ceil(3) } else { 2 * self.blocks() }
    }

    /// Rounds of all that criterion measures.
    pub(crate) fn rounds(self) -> usize {
        if self.is_trial { 2 } else { 10 }
    }

    /// How often a connection is opened.
    pub(crate) fn connections(self) -> usize {
        if self.is_trial { 2 } else { 100 }
    }

    /// How often a process is started.
    pub(crate) fn starts(self) -> usize {
        if self.is_trial { 2 } else { 20 }
    }

    /// How often a process is loaded until its memory is looked at.
    pub(crate) fn loads(self) -> usize {
        if self.is_trial { 1 } else { 5 }
    }

    /// Warm invocations of each function.
    pub(crate) fn invocations(self) -> usize {
        if self.is_trial { 200 } else { 3_000 }
    }

    /// Those of `cases` whose name is wanted, or few of them.
    pub(crate) fn some<T: Copy>(self, cases: &[T], name: impl Fn(T) -> String) -> Vec<T> {
        let wanted = cases.iter().copied().filter(|case| self.wants(&name(*case)));
        self.few(&wanted.collect::<Vec<_>>())
    }

    /// All of `cases`, or four of them at most.
    pub(crate) fn few<T: Copy>(self, cases: &[T]) -> Vec<T> {
        let step = if self.is_trial { cases.len().div_ceil(4).max(1) } else { 1 };
        cases.iter().copied().step_by(step).collect()
    }

    /// Whether this is wanted, of which it tells that it is measured now.
    pub(crate) fn begins(self, name: &str) -> bool {
        let is_wanted = self.wants(name);
        if is_wanted {
            self.tell(name);
        }
        is_wanted
    }

    /// Tells what is measured now.
    pub(crate) fn tell(self, what: &str) {
        eprintln!("    {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(is_trial: bool, wanted: &[String]) -> Plan<'_> {
        Plan { is_trial, wanted }
    }

    #[test]
    fn what_is_wanted_is_measured() {
        let (cases, name) = ([1, 2, 10, 12, 20, 21, 22], |case: i32| case.to_string());
        let some = |wanted: &[&str], is_trial| {
            let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
            plan(is_trial, &wanted).some(&cases, name)
        };
        assert_eq!(some(&[], false), cases);
        assert_eq!(some(&["1", "22"], false), [1, 10, 12, 21, 22]);
        assert_eq!(some(&[], true), [1, 10, 20, 22]);
        assert_eq!(some(&["22"], true), [22]);
        assert_eq!(some(&["3"], true), [0; 0]);
    }

    #[test]
    fn what_is_wanted_has_to_be_there() {
        let names = ["one user", "two users"].map(String::from);
        for (wanted, is_there) in [("users", true), ("three", false), ("One", false)] {
            let wanted = [names[0].clone(), wanted.to_owned()];
            assert_eq!(plan(false, &wanted).check(&names).is_ok(), is_there, "{wanted:?}");
        }
    }
}
