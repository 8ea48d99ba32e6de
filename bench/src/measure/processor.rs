//! Where this runs.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// Until it is dropped, this thread and all that it starts share one processor. Where they may have
/// two, the kernel lets a server now run beside its client and now take turns with it, and a round
/// trip takes several times as long in the one case as in the other.
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
        sched_setaffinity(None, &one)?;
        Ok(Self { before, one })
    }

    /// What `start` starts, which gets all the other processors; `None` if there are no others.
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
        let _ = sched_setaffinity(None, &self.before);
    }
}

/// Elsewhere, a program cannot choose.
#[cfg(not(target_os = "linux"))]
impl OneProcessor {
    pub(crate) fn enter() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) fn beside<T>(&self, _: impl FnOnce() -> T) -> std::io::Result<Option<T>> {
        Ok(None)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Where there is only one processor, it is shared anyway, and this shows nothing.
    #[test]
    fn what_is_started_meanwhile_shares_the_processor_or_has_the_others() {
        let processors = || sched_getaffinity(None).unwrap().count();
        let started = || std::thread::spawn(processors).join().unwrap();
        let before = processors();
        let one = OneProcessor::enter().unwrap();
        assert_eq!(started(), 1);
        let beside = one.beside(started).unwrap();
        assert_eq!(beside, (before > 1).then_some(before - 1));
        assert_eq!(started(), 1);
        drop(one);
        assert_eq!(started(), before);
    }
}
