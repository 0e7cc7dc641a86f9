//! Waiting for a condition, never for a fixed time.
//!
//! A deadline is only there to end what hangs: it is generous, and time counts less the busier this machine is. A
//! scenario that passes on an idle machine also passes on a loaded one, only later.

use std::fs;
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

/// Waits until `condition` holds. Panics with `what` if it takes too long.
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    assert!(holds(condition), "waited in vain until {what}");
}

/// Waits until `condition` holds. False if it takes too long.
pub fn holds(condition: impl FnMut() -> bool) -> bool {
    holds_before(Deadline::default(), condition)
}

/// The same with a deadline of its own.
pub fn holds_before(mut deadline: Deadline, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if deadline.has_passed() {
            return false;
        }
        // What takes long is asked less often: the question may be a process.
        sleep((start.elapsed() / 10).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
    }
}

/// A length of time on an idle machine, as it is on this one now. For limits that are set in programs under test.
pub fn scaled(time: Duration) -> Duration {
    time.mul_f64(slowness())
}

/// The end of something that hangs.
#[derive(Debug)]
pub struct Deadline {
    left: Duration,
    counted: Instant,
}

impl Deadline {
    /// When this much time has passed on an idle machine.
    pub fn after(time: Duration) -> Self {
        Self { left: time, counted: Instant::now() }
    }

    /// Whether it has passed. To be asked again and again: it counts the time since it was asked last.
    pub fn has_passed(&mut self) -> bool {
        self.count(self.counted.elapsed(), slowness);
        self.left.is_zero()
    }

    fn count(&mut self, elapsed: Duration, slowness: impl FnOnce() -> f64) {
        // Every few polls are enough.
        if elapsed >= LONGEST_PAUSE {
            self.counted += elapsed;
            self.left = self.left.saturating_sub(elapsed.div_f64(slowness()));
        }
    }
}

impl Default for Deadline {
    fn default() -> Self {
        Self::after(PATIENCE)
    }
}

/// How many times longer things take than on an idle machine: how many processes share a processor.
fn slowness() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    slowness_at(&load, available_parallelism().map_or(1, usize::from))
}

/// The average of the last minute, or what runs at this moment, whichever is more: load may have come just now.
fn slowness_at(loadavg: &str, processors: usize) -> f64 {
    let mut fields = loadavg.split_whitespace();
    let average: f64 = fields.next().and_then(|field| field.parse().ok()).unwrap_or_default();
    let running = fields.nth(2).and_then(|field| field.split('/').next()?.parse().ok()).unwrap_or_default();
    (average.max(running) / processors as f64).clamp(1.0, MOST)
}

/// Far longer than anything takes on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);

const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Something that hangs has to end at some time, even if the load is absurd.
const MOST: f64 = 60.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_machine_is_not_slow() {
        assert_eq!(slowness_at("0.20 0.10 0.05 1/300 4711\n", 2), 1.0);
        assert_eq!(slowness_at("", 2), 1.0);
    }

    #[test]
    fn a_busy_machine_is_as_slow_as_there_are_processes_for_a_processor() {
        assert_eq!(slowness_at("80.00 10.00 5.00 3/300 4711\n", 2), 40.0);
        assert_eq!(slowness_at("1.00 0.50 0.10 40/300 4711\n", 2), 20.0);
        assert_eq!(slowness_at("5000.00 10.00 5.00 3/300 4711\n", 2), MOST);
    }

    #[test]
    fn a_deadline_waits_longer_on_a_busy_machine() {
        let second = Duration::from_secs(1);
        let (mut idle, mut busy) = (Deadline::after(second * 10), Deadline::after(second * 10));
        for _ in 0..9 {
            idle.count(second, || 1.0);
            busy.count(second, || 20.0);
        }
        assert!(!idle.left.is_zero());
        idle.count(second, || 1.0);
        assert!(idle.left.is_zero());
        assert!(busy.left > second * 9, "{busy:?}");
    }

    #[test]
    fn a_condition_that_holds_ends_the_wait_and_one_that_never_does_the_deadline() {
        let mut polls = 0;
        until("there were three polls", || {
            polls += 1;
            polls == 3
        });
        assert!(!holds_before(Deadline::after(Duration::ZERO), || false));
        assert!(holds_before(Deadline::after(Duration::ZERO), || true));
    }
}
