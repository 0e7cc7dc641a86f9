//! The scenarios, by theme.

mod mesh;
mod refusals;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use crate::bench::Bench;
use crate::scene::Scene;

/// All of them.
pub fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    [mesh::trials(bench), refusals::trials(bench)].into_iter().flatten().collect()
}

/// A scenario in a scene of its own. When it fails, the ends of its nodes' logs are told.
fn trial(bench: &Arc<Bench>, name: String, scenario: impl FnOnce(&mut Scene) + Send + 'static) -> Trial {
    let bench = bench.clone();
    Trial::test(name, move || {
        let mut scene = Scene::new(bench);
        catch_unwind(AssertUnwindSafe(|| scenario(&mut scene)))
            .map_err(|panic| Failed::from(format!("{}\n{}", message(panic.as_ref()), scene.tails())))
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
