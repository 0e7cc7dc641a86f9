//! The scenarios, by theme.

mod commands;
mod consoles;
mod control;
mod crossing;
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
mod restarts;
mod servers;
mod services;
mod untested;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use crate::beam::bench::Bench;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::panic_message;

/// All of them.
pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let themes = [
        mesh::trials,
        crossing::trials,
        services::trials,
        embedded::trials,
        refusals::trials,
        servers::trials,
        consoles::trials,
        handshake::trials,
        doctor::trials,
        owners::trials,
        releases::trials,
        restarts::trials,
        plain_text::trials,
        untested::trials,
        leaks::trials,
        dumps::trials,
        links::trials,
        commands::trials,
        rendering::trials,
        words::trials,
        control::trials,
        local::trials,
    ];
    themes.iter().flat_map(|trials| trials(bench)).collect()
}

/// What takes place in a scene.
type InScene = fn(&mut Scene);

/// What takes place in a scene with one release.
type OnOtp = fn(&mut Scene, Otp);

/// Scenarios on each release by itself.
fn on_each_otp(bench: &Arc<Bench>, scenarios: &[(&str, OnOtp)]) -> Vec<Trial> {
    let on = |otp: Otp| {
        let on_it = |(name, scenario): &(&str, OnOtp)| {
            let scenario = *scenario;
            trial(bench, format!("{otp}/{name}"), move |scene| scenario(scene, otp))
        };
        scenarios.iter().map(on_it).collect::<Vec<_>>()
    };
    Otp::ALL.into_iter().flat_map(on).collect()
}

/// A scenario in a scene of its own. When it fails, the ends of its nodes' logs are told.
fn trial(bench: &Arc<Bench>, name: String, scenario: impl FnOnce(&mut Scene) + Send + 'static) -> Trial {
    let bench = bench.clone();
    Trial::test(name, move || {
        let mut scene = Scene::new(bench);
        catch_unwind(AssertUnwindSafe(|| scenario(&mut scene)))
            .map_err(|panic| Failed::from(format!("{}\n{}", panic_message(panic.as_ref()), scene.tails())))
    })
}

/// What OTP logs when a name does not fit the list of allowed hosts.
fn disallowed(name: &str) -> String {
    format!("Connection attempt from disallowed node {name} ")
}
