//! The scenarios, by theme.

mod attackers;
mod chart;
mod doctor;
mod examples;
mod grounds;
mod launchers;
mod migration;
mod nodes;
mod obtaining;
mod outcomes;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use libtest_mimic::{Failed, Trial};

use crate::cluster::access::Cluster;
use crate::cluster::namespace::Namespace;
use crate::panic_message;

/// All of them. Those that disturb the whole cluster come last: they wait until no other one runs.
pub fn trials(cluster: &Arc<Cluster>) -> Vec<Trial> {
    let themes = [
        grounds::SCENARIOS,
        obtaining::SCENARIOS,
        outcomes::SCENARIOS,
        nodes::SCENARIOS,
        doctor::SCENARIOS,
        attackers::SCENARIOS,
        chart::SCENARIOS,
        launchers::SCENARIOS,
        examples::SCENARIOS,
        migration::SCENARIOS,
    ];
    let mut scenarios: Vec<_> = themes.concat();
    scenarios.retain(|scenario| cluster.is_whole() || !scenario.is_rare);
    scenarios.sort_by_key(|scenario| scenario.reach);
    scenarios.into_iter().map(|scenario| trial(cluster, scenario)).collect()
}

/// What takes place in a namespace.
#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    reach: Reach,
    /// Whether it adds little to the others, and is played by `cargo xtask test launchers` only.
    is_rare: bool,
    play: fn(&Namespace),
}

impl Scenario {
    /// The same, played only where all are wanted.
    const fn only_in_the_whole(self) -> Self {
        Self { is_rare: true, ..self }
    }
}

/// How far a scenario goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Reach {
    /// It stays within its own namespace, and so can be run on anybody's cluster.
    Namespace,
    /// It uses what only the cluster of the tests has.
    Cluster,
    /// It stops what others need.
    Disturbance,
}

const fn within_namespace(name: &'static str, play: fn(&Namespace)) -> Scenario {
    beyond_namespace(name, Reach::Namespace, play)
}

const fn beyond_namespace(name: &'static str, reach: Reach, play: fn(&Namespace)) -> Scenario {
    Scenario { name, reach, is_rare: false, play }
}

fn trial(cluster: &Arc<Cluster>, scenario: Scenario) -> Trial {
    let Scenario { name, reach, play, .. } = scenario;
    let cluster = cluster.clone();
    let beyond = reach > Reach::Namespace && cluster.xtask().is_none();
    let test = move || {
        let others = cluster.clone();
        // A scenario that panicked has left nothing behind that matters here.
        let _calm =
            (reach < Reach::Disturbance).then(|| others.calm.read().unwrap_or_else(PoisonError::into_inner));
        let _alone = (reach == Reach::Disturbance)
            .then(|| others.calm.write().unwrap_or_else(PoisonError::into_inner));
        let namespace = Namespace::new(cluster, name);
        catch_unwind(AssertUnwindSafe(|| play(&namespace)))
            .map_err(|panic| Failed::from(format!("{}\n{}", panic_message(panic.as_ref()), namespace.tail())))
    };
    Trial::test(name, test).with_ignored_flag(beyond)
}
