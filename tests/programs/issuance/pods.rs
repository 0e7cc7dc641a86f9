//! From the creation of a pod to the first line that the BEAM writes in it.

use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use kube::api::{DeleteParams, LogParams, PostParams, WatchEvent, WatchParams};
use kube::{Api, Client};
use scenarios::figures::{Ratio, median};
use tokio::time::timeout;

use crate::verdict;

/// Measures, and prints a table.
pub async fn compare(client: &Client, rounds: usize) {
    println!("A pod until the BEAM's first line: {rounds} rounds, milliseconds");
    let api = Api::<Pod>::default_namespaced(client.clone());
    let workload = Api::<StatefulSet>::default_namespaced(client.clone()).get(WORKLOAD).await;
    let template = workload.expect("the chart's workload").spec.template;
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut parts: [Vec<f64>; 3] = Default::default();
    for round in 0..WARM_UP + rounds {
        for shape in (0..3).map(|place| (place + round) % 3) {
            let pod = SHAPES[shape].pod(&template, &format!("bench-{shape}-{round}"));
            let life = live(&api, &pod).await;
            if round < WARM_UP {
                continue;
            }
            times[shape].push(life.until(FIRST_LINE));
            if SHAPES[shape] == Shape::Chart {
                let marks = [0.0, life.until(OBTAINING), life.until(PUBLISHED), life.until(FIRST_LINE)];
                parts.iter_mut().zip(marks.windows(2)).for_each(|(part, pair)| part.push(pair[1] - pair[0]));
            }
        }
    }
    println!("  {:<44}{:>8}{:>9}   times the plain pod", "", "median", "added");
    for (shape, times_of_shape) in SHAPES.into_iter().zip(&times) {
        let (name, middle) = (shape.name(), median(times_of_shape));
        if shape == Shape::Plain {
            println!("  {name:<44}{middle:>8.0}");
            continue;
        }
        let added: Vec<f64> =
            times_of_shape.iter().zip(&times[0]).map(|(time, plain)| time - plain).collect();
        let added = median(&added);
        let ratio = Ratio::of(times_of_shape, &times[0]);
        println!("  {name:<44}{middle:>8.0}{added:>9.0}   {ratio}");
        if shape == Shape::Chart {
            println!("  {:<44}{:>8}{:>9}   {}", "", "", "", verdict(added, AIM, "ms added"));
        }
    }
    let [start, obtain, boot] = parts.map(|part| median(&part));
    println!(
        "  of the chart's: {start:.0} until a certificate is asked for, {obtain:.0} until it is published,"
    );
    println!("                  {boot:.0} until the BEAM's line\n");
}

/// What the pod is like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// The chart's, without everything that is ours.
    Plain,
    /// The same, with its BEAM as a node without TLS.
    Named,
    /// As the chart creates it.
    Chart,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "the same pod without us: plain erl",
            Self::Named => "... with erl as a node, over TCP",
            Self::Chart => "the chart's pod: beam-mtls and erl over TLS",
        }
    }

    /// A pod that terminates by itself.
    fn pod(self, template: &PodTemplateSpec, name: &str) -> Pod {
        let mut metadata = template.metadata.clone().unwrap_or_default();
        metadata.name = Some(name.to_owned());
        let mut spec = template.spec.clone().expect("a spec");
        spec.restart_policy = Some("Never".to_owned());
        if self != Self::Chart {
            let app = &mut spec.containers[0];
            let mut command = app.args.take().expect("the command");
            if self == Self::Named {
                command.extend(NAMED.map(str::to_owned));
            }
            app.command = Some(command);
            // The pod's fields stay. Everything that has a value is a setting of the chart, and may refer to others.
            app.env.iter_mut().for_each(|env| env.retain(|variable| variable.value_from.is_some()));
            app.volume_mounts.iter_mut().for_each(|mounts| mounts.retain(|mount| !is_own(&mount.name)));
            spec.volumes.iter_mut().for_each(|volumes| volumes.retain(|volume| !is_own(&volume.name)));
        }
        Pod { metadata, spec: Some(spec), status: None }
    }
}

fn is_own(volume: &str) -> bool {
    OWN_VOLUMES.contains(&volume)
}

/// When a pod was created, and its log with timestamps.
struct Life {
    created: Timestamp,
    log: String,
}

impl Life {
    /// Milliseconds from the creation to the first line with this text.
    fn until(&self, text: &str) -> f64 {
        let line = self.log.lines().find(|line| line.contains(text));
        let line = line.unwrap_or_else(|| panic!("no line with {text:?} in {}", self.log));
        let time = line.split(' ').next().and_then(|time| time.parse::<Timestamp>().ok());
        time.expect("a time in front of the line").duration_since(self.created).as_secs_f64() * 1e3
    }
}

/// Runs a pod to its end, and removes it.
async fn live(api: &Api<Pod>, pod: &Pod) -> Life {
    let name = pod.metadata.name.as_deref().expect("a name");
    let created = now();
    let made = api.create(&PostParams::default(), pod).await.expect("a pod");
    let version = made.metadata.resource_version.unwrap_or_default();
    timeout(PATIENCE, ends(api, name, version)).await.unwrap_or_else(|_| panic!("{name} does not end"));
    let params = LogParams { timestamps: true, ..LogParams::default() };
    let log = api.logs(name, &params).await.expect("a log");
    api.delete(name, &DeleteParams::default()).await.expect("a pod that is gone");
    // Its termination must not take processor time from the next pod.
    while api.get_opt(name).await.expect("an answer").is_some() {
        tokio::time::sleep(PAUSE).await;
    }
    tokio::time::sleep(PAUSE).await;
    Life { created, log }
}

async fn ends(api: &Api<Pod>, name: &str, version: String) {
    let params = WatchParams::default().fields(&format!("metadata.name={name}"));
    let mut events = api.watch(&params, &version).await.expect("a watch").boxed();
    while let Some(event) = events.next().await {
        let WatchEvent::Modified(pod) = event.expect("an event") else { continue };
        let phase = pod.status.and_then(|status| status.phase);
        if matches!(phase.as_deref(), Some("Succeeded" | "Failed")) {
            return;
        }
    }
    panic!("the watch of {name} ended")
}

#[expect(clippy::disallowed_methods, reason = "what is measured")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// The plain one is first: the others are compared with it.
const SHAPES: [Shape; 3] = [Shape::Plain, Shape::Named, Shape::Chart];

/// As Helm names it, for the release `bench`.
const WORKLOAD: &str = "bench-clustered-app";

const OWN_VOLUMES: [&str; 3] = ["certificate", "config", "cookie"];

const NAMED: [&str; 6] = ["-name", "app@127.0.0.1", "-start_epmd", "false", "-erl_epmd_port", "9100"];

const OBTAINING: &str = "obtaining a certificate";
const PUBLISHED: &str = "published a certificate";

/// What the command of the release prints.
const FIRST_LINE: &str = "the BEAM runs";

/// How many pods of each shape are timed.
pub const ROUNDS: usize = 20;

const WARM_UP: usize = 1;
const PAUSE: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(120);

/// Milliseconds above the plain pod.
const AIM: f64 = 60.0;
