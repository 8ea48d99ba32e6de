//! Where this runs.

#[cfg(target_os = "linux")]
use std::process::Command;

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// Until it is dropped, this thread and all that it starts share one processor. Where they may have
/// two, the kernel lets a server now run beside its client and now take turns with it, and a round
/// trip takes several times as long in the one case as in the other.
///
/// Nor do they interrupt each other. Usually the kernel lets whoever is woken in at once if he has had
/// less of the processor. A client that does more than its server would often be interrupted by it as
/// soon as it has sent a request, and one that does less hardly ever: the processor would be switched
/// oftener for the one than for the other, as it never is between two machines.
pub(crate) struct OneProcessor {
    #[cfg(target_os = "linux")]
    before: CpuSet,
    #[cfg(target_os = "linux")]
    one: CpuSet,
}

#[cfg(target_os = "linux")]
impl OneProcessor {
    pub(crate) fn enter() -> std::io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let mut one = CpuSet::new();
        one.set(sched_getcpu());
        // If this goes wrong halfway, it undoes what was done.
        let entered = Self { before, one };
        sched_setaffinity(None, &one)?;
        schedule(UNINTERRUPTED)?;
        Ok(entered)
    }

    /// Which one it is, as the kernel counts them.
    pub(crate) fn number(&self) -> usize {
        (0..CpuSet::MAX_CPU).find(|cpu| self.one.is_set(*cpu)).unwrap_or(0)
    }

    /// What `start` starts, which gets all the other processors, and does not interrupt either; `None`
    /// if there are no others.
    pub(crate) fn beside<T>(&self, start: impl FnOnce() -> T) -> std::io::Result<Option<T>> {
        let mut others = self.before;
        (0..CpuSet::MAX_CPU).filter(|cpu| self.one.is_set(*cpu)).for_each(|cpu| others.unset(cpu));
        if others.count() == 0 {
            return Ok(None);
        }
        sched_setaffinity(None, &others)?;
        let started = start();
        sched_setaffinity(None, &self.one)?;
        Ok(Some(started))
    }
}

#[cfg(target_os = "linux")]
impl Drop for OneProcessor {
    fn drop(&mut self) {
        // What comes next would only be slower.
        let _ = (schedule(AS_USUAL), sched_setaffinity(None, &self.before));
    }
}

/// `SCHED_BATCH`.
#[cfg(target_os = "linux")]
const UNINTERRUPTED: &str = "-b";
/// `SCHED_OTHER`.
#[cfg(target_os = "linux")]
const AS_USUAL: &str = "-o";

/// How this thread and all that it is going to start get the processor. By a program, since no safe
/// library has just this call.
#[cfg(target_os = "linux")]
fn schedule(policy: &str) -> std::io::Result<()> {
    let thread = gettid().as_raw_nonzero().to_string();
    let error = |why| std::io::Error::other(format!("chrt, which is part of util-linux: {why}"));
    let chrt = Command::new("chrt").args([policy, "-p", "0", &thread]).output();
    let chrt = chrt.map_err(|why| error(why.to_string()))?;
    if chrt.status.success() {
        Ok(())
    } else {
        Err(error(String::from_utf8_lossy(&chrt.stderr).trim().to_owned()))
    }
}

/// Elsewhere, a program cannot choose.
#[cfg(not(target_os = "linux"))]
impl OneProcessor {
    pub(crate) fn enter() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) fn number(&self) -> usize {
        0
    }

    pub(crate) fn beside<T>(&self, _: impl FnOnce() -> T) -> std::io::Result<Option<T>> {
        Ok(None)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the kernel calls `SCHED_BATCH`.
    const BATCH: &str = "3";
    /// What it calls `SCHED_OTHER`.
    const OTHER: &str = "0";

    fn started<T: Send>(tell: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(tell).join().unwrap())
    }

    /// Where there is only one processor, it is shared anyway, and this shows nothing.
    #[test]
    fn what_is_started_meanwhile_shares_the_processor_or_has_the_others() {
        let processors = || sched_getaffinity(None).unwrap().count();
        let before = processors();
        let one = OneProcessor::enter().unwrap();
        assert_eq!(started(processors), 1);
        let beside = one.beside(|| started(processors)).unwrap();
        assert_eq!(beside, (before > 1).then_some(before - 1));
        assert_eq!(started(processors), 1);
        drop(one);
        assert_eq!(started(processors), before);
    }

    #[test]
    fn what_is_started_meanwhile_does_not_interrupt() {
        let policy = || {
            let status = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            // From the third field on; the second one is a name in parentheses.
            let (_, fields) = status.rsplit_once(") ").unwrap();
            fields.split(' ').nth(41 - 3).unwrap().to_owned()
        };
        let one = OneProcessor::enter().unwrap();
        assert_eq!(started(policy), BATCH);
        drop(one);
        assert_eq!(started(policy), OTHER);
    }
}
