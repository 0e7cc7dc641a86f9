//! The scenarios in pods, by theme.

mod attackers;
mod chart;
mod doctor;
mod examples;
mod launchers;
mod migration;
mod nodes;
mod obtaining;
mod outcomes;
mod smoke;

use std::sync::{Arc, PoisonError};

use libtest_mimic::Trial;

use crate::pods::access::Cluster;
use crate::pods::namespace::Namespace;
use crate::scenario::{self, Theme};
use crate::themes;

const THEMES: &[Theme<Needs>] =
    themes![smoke, obtaining, outcomes, nodes, doctor, attackers, chart, launchers, examples, migration,];

/// A row of a theme's table.
type Scenario = scenario::Scenario<Needs>;

/// What a scenario needs beside its own namespace.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// Any cluster with cert-manager.
    Namespace(fn(&Namespace)),
    /// The same. It adds little to the others, and runs in the full matrix only (`cargo xtask test launchers`).
    FullMatrix(fn(&Namespace)),
    /// What only the cluster of the tests has.
    Cluster(fn(&Namespace)),
    /// That cluster, with no other scenario on it: it stops what they need.
    Alone(fn(&Namespace)),
}

/// All of them. Those that need the cluster alone come last: they wait until no other one runs.
pub fn trials(cluster: &Arc<Cluster>) -> Vec<Trial> {
    let wanted =
        |(_, needs): &(String, Needs)| cluster.full_matrix() || !matches!(needs, Needs::FullMatrix(_));
    let mut scenarios: Vec<_> = scenarios().filter(wanted).collect();
    scenarios.sort_by_key(|(_, needs)| needs.reach());
    scenarios.into_iter().map(|(name, needs)| trial(cluster, name, needs)).collect()
}

fn scenarios() -> impl Iterator<Item = (String, Needs)> {
    THEMES.iter().flat_map(|theme| theme.scenarios())
}

fn trial(cluster: &Arc<Cluster>, name: String, needs: Needs) -> Trial {
    let ignored = needs.reach() > Reach::Namespace && cluster.xtask().is_none();
    let (cluster, namespace) = (cluster.clone(), name.clone());
    let test = move || {
        let others = cluster.clone();
        // A scenario that panicked leaves nothing behind that matters here.
        let (_shared, _alone);
        if needs.reach() == Reach::Alone {
            _alone = others.exclusive.write().unwrap_or_else(PoisonError::into_inner);
        } else {
            _shared = others.exclusive.read().unwrap_or_else(PoisonError::into_inner);
        }
        scenario::run_in(Namespace::new(cluster, &namespace), |namespace| needs.run()(namespace))
    };
    Trial::test(name, test).with_ignored_flag(ignored)
}

/// How far a scenario reaches beyond its namespace.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Reach {
    Namespace,
    Cluster,
    Alone,
}

impl Needs {
    fn reach(self) -> Reach {
        match self {
            Self::Namespace(_) | Self::FullMatrix(_) => Reach::Namespace,
            Self::Cluster(_) => Reach::Cluster,
            Self::Alone(_) => Reach::Alone,
        }
    }

    fn run(self) -> fn(&Namespace) {
        match self {
            Self::Namespace(run) | Self::FullMatrix(run) | Self::Cluster(run) | Self::Alone(run) => run,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: Vec<String> = scenarios().map(|(name, _)| name).collect();
        scenario::assert_good_names(&names);
        for name in &names {
            assert!(Namespace::name_for(name).len() <= 63, "{name} is too long for a namespace");
        }
    }
}
