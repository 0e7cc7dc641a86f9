//! The scenarios on nodes, by theme.

mod args_roundtrip;
mod baseline;
mod commands;
mod consoles;
mod crowds;
mod doctor;
mod dumps;
mod embedded;
mod handshake;
mod leaks;
mod links;
mod local;
mod mesh;
mod owners;
mod plain_text;
mod refusals;
mod releases;
mod rendering;
mod renegotiation;
mod restarts;
mod servers;
mod services;
mod simultaneous_connects;
mod supervise;
mod untested;

use std::sync::Arc;

use libtest_mimic::Trial;

use crate::nodes::fixtures::Fixtures;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;
use crate::scenario::{self, Theme};
use crate::themes;

const THEMES: &[Theme<Needs>] = themes![
    mesh,
    simultaneous_connects,
    services,
    embedded,
    refusals,
    servers,
    consoles,
    handshake,
    doctor,
    owners,
    releases,
    restarts,
    supervise,
    plain_text,
    untested,
    leaks,
    crowds,
    dumps,
    links,
    commands,
    rendering,
    renegotiation,
    args_roundtrip,
    baseline,
    local,
];

/// A row of a theme's table.
type Scenario = scenario::Scenario<Needs>;

/// What a scenario needs beside its own test bed.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// No OTP release: it runs once.
    NoOtp(fn(&mut TestBed)),
    /// An OTP release: it runs once on each.
    EachOtp(fn(&mut TestBed, Otp)),
    /// The release of a node that is dialed and that of the one that dials: it runs once for each pairing.
    EachPairing(fn(&mut TestBed, Otp, Otp)),
    /// The releases of its nodes: it runs once for each of these combinations.
    EachMix(&'static [&'static [Otp]], fn(&mut TestBed, &[Otp])),
}

/// All of them, each with everything that it needs.
pub fn trials(fixtures: &Arc<Fixtures>) -> Vec<Trial> {
    let trial = |(name, run): (String, Run)| {
        let fixtures = fixtures.clone();
        Trial::test(name, move || scenario::run_in(TestBed::new(fixtures), run))
    };
    runs().map(trial).collect()
}

fn runs() -> impl Iterator<Item = (String, Run)> {
    let scenarios = THEMES.iter().flat_map(|theme| theme.scenarios());
    scenarios.flat_map(|(name, needs)| {
        let on = move |(otps, run): (Vec<Otp>, Run)| (with_otps(&name, &otps), run);
        needs.runs().into_iter().map(on)
    })
}

/// A scenario with what it needs, except for its test bed.
type Run = Box<dyn FnOnce(&mut TestBed) + Send>;

impl Needs {
    /// As often as it is to be run, with the releases that are part of the name.
    fn runs(self) -> Vec<(Vec<Otp>, Run)> {
        match self {
            Self::NoOtp(run) => vec![(Vec::new(), Box::new(run))],
            Self::EachOtp(run) => Otp::ALL
                .map(|otp| (vec![otp], Box::new(move |bed: &mut TestBed| run(bed, otp)) as Run))
                .into(),
            Self::EachPairing(run) => Otp::pairings()
                .map(|(server, client)| {
                    let run: Run = Box::new(move |bed: &mut TestBed| run(bed, server, client));
                    (vec![server, client], run)
                })
                .collect(),
            Self::EachMix(mixes, run) => {
                let each = |otps: &&'static [Otp]| {
                    let (otps, mut distinct) = (*otps, otps.to_vec());
                    distinct.sort();
                    distinct.dedup();
                    (distinct, Box::new(move |bed: &mut TestBed| run(bed, otps)) as Run)
                };
                mixes.iter().map(each).collect()
            }
        }
    }
}

/// `theme/name/otp-25+27`, or the name alone.
fn with_otps(name: &str, otps: &[Otp]) -> String {
    let releases: Vec<&str> = otps.iter().map(|otp| otp.release()).collect();
    if releases.is_empty() { name.to_owned() } else { format!("{name}/otp-{}", releases.join("+")) }
}

/// What OTP logs when a name does not match the list of allowed hosts.
fn disallowed(name: &str) -> String {
    format!("Connection attempt from disallowed node {name} ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: Vec<String> = runs().map(|(name, _)| name).collect();
        scenario::assert_good_names(&names);
        for name in ["mesh/five/otp-25+27+29", "refusals/addresses/otp-29+25", "commands/signals"] {
            assert!(names.iter().any(|it| it == name), "{name} is not in {names:#?}");
        }
    }
}
