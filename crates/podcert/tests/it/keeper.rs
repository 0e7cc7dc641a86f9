//! The loop that keeps a certificate good, on a clock that moves only when somebody sleeps.

use std::fs;
use std::future;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, select};
use jiff::Timestamp;
use podcert::keeper::{Failure, Keeper, Observer};
use podcert::provider::{LocalProvider, Obtained, Outcome, Reason, Source};
use podcert::request::Wanted;
use podcert::store::Store;
use podcert::support::clock::Clock;
use podcert_testkit::{DAY, ManualClock, NOW, block_on, identity, memory, open_ca_within, wanted};
use tempfile::TempDir;
use tokio::sync::Notify;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_certificate_is_renewed_in_the_middle_third_of_its_life_again_and_again() {
    let pod = KeptPod::new();
    let events = pod.keep(6, |_| {});
    let mut last = NOW;
    for event in events {
        let Event::Published(outcome, at) = event else { panic!("{event:?}") };
        assert_eq!(outcome, Outcome::Issued(Reason::Due));
        let waited = Duration::try_from(at.duration_since(last)).unwrap();
        // A leaf of the local CA starts a minute before it is made.
        assert!(waited >= DAY / 3 - HOUR && waited <= DAY * 2 / 3 + HOUR, "{waited:?}");
        last = at;
    }
}

#[test]
fn while_renewals_fail_the_old_certificate_stays_and_afterwards_it_heals() {
    let pod = KeptPod::new();
    let before = Mutex::new(Vec::new());
    let events = pod.keep(6, |events| match events {
        [Event::Published(..)] => {
            *before.lock().unwrap() = fs::read(pod.run().join("tls.crt")).unwrap();
            pod.take_ca_away();
        }
        [_, .., Event::Failed { failures: 4, .. }] => pod.bring_ca_back(),
        [_, .., Event::Failed { .. }] => {
            assert_eq!(fs::read(pod.run().join("tls.crt")).unwrap(), *before.lock().unwrap());
        }
        _ => {}
    });
    let [Event::Published(..), failed @ .., Event::Published(outcome, _)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(*outcome, Outcome::Issued(Reason::Due));
    let mut left_before = DAY;
    for (index, event) in failed.iter().enumerate() {
        let Event::Failed { failures, pause, left, .. } = event else { panic!("{event:?}") };
        assert_eq!(*failures as usize, index + 1);
        assert!(*pause <= if *failures == 1 { Duration::from_secs(45) } else { *left / 4 }, "{event:?}");
        assert!(*left < left_before);
        left_before = *left;
    }
}

#[test]
fn an_expired_certificate_is_still_replaced_when_the_issuer_returns() {
    let pod = KeptPod::new();
    pod.keep_until(|events| match events.last() {
        Some(Event::Published(Outcome::Issued(Reason::Due), _)) if events.len() == 1 => {
            pod.take_ca_away();
            false
        }
        Some(Event::Failed { left: Duration::ZERO, .. }) => {
            pod.bring_ca_back();
            false
        }
        Some(Event::Published(outcome, _)) => {
            assert_eq!(*outcome, Outcome::Issued(Reason::Expired));
            true
        }
        _ => false,
    });
}

#[test]
fn another_ca_means_another_certificate_within_a_minute() {
    let pod = KeptPod::new();
    let replaced = Mutex::new(NOW);
    let events = pod.keep(2, |events| {
        if events.len() == 1 {
            fs::remove_dir_all(pod.state()).unwrap();
            make_ca(&pod);
            *replaced.lock().unwrap() = pod.clock.now();
        }
    });
    let [_, Event::Published(outcome, at)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(*outcome, Outcome::Issued(Reason::AnotherCa));
    assert!(at.duration_since(*replaced.lock().unwrap()).as_secs() <= 60, "{events:?}");
}

#[test]
fn a_certificate_that_another_process_publishes_is_noticed() {
    let pod = KeptPod::new();
    let events = pod.keep(2, |events| {
        if events.len() == 1 {
            pod.obtain_elsewhere();
        }
    });
    // It lives longer, so it is not due when the first one would be.
    let [_, Event::Published(outcome, _)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(*outcome, Outcome::Kept);
}

#[test]
fn a_restart_during_an_outage_goes_on_with_the_certificate_that_is_still_valid() {
    let pod = KeptPod::new();
    pod.keep(1, |_| {});
    let certificate = fs::read(pod.run().join("tls.crt")).unwrap();
    pod.clock.set(pod.clock.now() + HOUR * 17);
    pod.take_ca_away();
    let events = pod.keep(2, |events| {
        if events.len() == 1 {
            pod.bring_ca_back()
        }
    });
    let [Event::Failed { failures: 1, .. }, Event::Published(outcome, _)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(*outcome, Outcome::Issued(Reason::Due));
    assert_ne!(fs::read(pod.run().join("tls.crt")).unwrap(), certificate);
}

#[test]
fn a_machine_that_was_suspended_renews_when_it_wakes() {
    let pod = KeptPod::new();
    pod.clock.suspend(HOUR * 20);
    let events = pod.keep(1, |_| {});
    let [Event::Published(outcome, at)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(*outcome, Outcome::Issued(Reason::Due));
    assert!(at.duration_since(NOW + HOUR * 20).as_secs() <= 60, "{events:?}");
}

#[test]
fn a_clock_that_is_set_back_does_not_put_off_the_next_attempt() {
    let pod = KeptPod::new();
    let events = pod.keep(4, |events| match events {
        [Event::Published(..)] => pod.take_ca_away(),
        [_, Event::Failed { .. }] => pod.clock.set(pod.clock.now() - HOUR * 2),
        [_, _, Event::Failed { .. }] => pod.bring_ca_back(),
        _ => {}
    });
    let [_, Event::Failed { at: first, .. }, Event::Failed { at: second, .. }, _] = events.as_slice() else {
        panic!("{events:?}")
    };
    // The clock showed two hours less; by the timer less than a minute passed.
    let shown = second.duration_since(*first - HOUR * 2);
    assert!((0..60).contains(&shown.as_secs()), "{events:?}");
}

/// A runtime cannot be entered twice on one thread.
fn make_ca(pod: &KeptPod) {
    let make = || open_ca_within(&pod.state(), pod.clock.now(), HOUR).expect("a CA");
    thread::scope(|scope| scope.spawn(make).join()).expect("a CA");
}

/// What happened, and when.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Published(Outcome, Timestamp),
    Failed { failures: u32, pause: Duration, left: Duration, at: Timestamp },
}

/// A pod whose certificate is from the local CA.
struct KeptPod {
    memory: TempDir,
    wanted: Wanted,
    clock: ManualClock,
}

impl KeptPod {
    fn new() -> Self {
        let wanted = Wanted { additional: identity(&["a"]), ..wanted() };
        Self { memory: memory(), wanted, clock: ManualClock::at(NOW) }
    }

    fn state(&self) -> PathBuf {
        self.memory.path().join("state")
    }

    fn run(&self) -> PathBuf {
        self.memory.path().join("run")
    }

    /// Obtains a new certificate with a longer lifetime, as a different process may.
    fn obtain_elsewhere(&self) {
        let wanted = Wanted { renew: true, duration: DAY * 10, ..self.wanted.clone() };
        let source = Source::Local(LocalProvider { state_directory: self.state() });
        let store = Store::open(&self.run()).expect("a store");
        let time_limit = Duration::from_secs(60);
        let keeper =
            Keeper { source: &source, wanted: &wanted, store: &store, time_limit, clock: &self.clock };
        let obtain = || block_on(keeper.obtain()).expect("obtained");
        thread::scope(|scope| scope.spawn(obtain).join().map(drop)).expect("a thread");
    }

    /// A file in place of the directory: the CA can neither be read nor be made anew.
    fn take_ca_away(&self) {
        fs::rename(self.state(), self.memory.path().join("away")).unwrap();
        fs::write(self.state(), "").unwrap();
    }

    fn bring_ca_back(&self) {
        fs::remove_file(self.state()).unwrap();
        fs::rename(self.memory.path().join("away"), self.state()).unwrap();
    }

    /// Keeps the certificate until so much has happened; `meddle` sees each event and those before it.
    fn keep(&self, count: usize, meddle: impl Fn(&[Event]) + Send + Sync) -> Vec<Event> {
        self.keep_until(|events| {
            meddle(events);
            events.len() == count
        })
    }

    fn keep_until(&self, is_enough: impl Fn(&[Event]) -> bool + Send + Sync) -> Vec<Event> {
        let source = Source::Local(LocalProvider { state_directory: self.state() });
        let store = Store::open(&self.run()).expect("a store");
        let time_limit = Duration::from_secs(60);
        let keeper =
            Keeper { source: &source, wanted: &self.wanted, store: &store, time_limit, clock: &self.clock };
        let recorder = Recorder {
            clock: &self.clock,
            events: Mutex::default(),
            is_enough: &is_enough,
            enough: Notify::new(),
        };
        block_on(async {
            let first = keeper.start().await.expect("obtained");
            let kept = keeper.keep(first, &recorder);
            select(Box::pin(kept), Box::pin(recorder.enough.notified())).await;
        });
        recorder.events.into_inner().expect("events")
    }
}

struct Recorder<'a> {
    clock: &'a ManualClock,
    events: Mutex<Vec<Event>>,
    is_enough: &'a (dyn Fn(&[Event]) -> bool + Send + Sync),
    enough: Notify,
}

impl Recorder<'_> {
    /// Once there is enough, the keeper hears no more of us.
    fn record(&self, event: Event) -> BoxFuture<'_, ()> {
        let mut events = self.events.lock().expect("events");
        events.push(event);
        if (self.is_enough)(&events) {
            self.enough.notify_one();
            return future::pending().boxed();
        }
        future::ready(()).boxed()
    }
}

impl Observer for Recorder<'_> {
    fn published<'a>(&'a self, obtained: &'a Obtained, _took: Duration) -> BoxFuture<'a, ()> {
        self.record(Event::Published(obtained.outcome.clone(), self.clock.now()))
    }

    fn failed<'a>(&'a self, failure: &'a Failure<'a>) -> BoxFuture<'a, ()> {
        let Failure { failures, pause, left, .. } = *failure;
        self.record(Event::Failed { failures, pause, left, at: self.clock.now() })
    }
}
