//! One certificate at a time: from the start of a process to its end, when the files are published.

use std::time::{Duration, Instant};

use kube::Client;
use scenarios::figures::{Ratio, median};

use crate::floor::Floor;
use crate::programs::{Program, Programs, succeed};
use crate::requests::Requests;
use crate::verdict;

/// Measures, and prints a table.
pub async fn compare(client: &Client, floor: &Floor, programs: &Programs, rounds: usize) {
    println!("One certificate: {rounds} rounds, milliseconds");
    let mut times: [Vec<f64>; 3] = Default::default();
    // The first rounds fill caches, and do not count.
    for round in 0..WARM_UP + rounds {
        // They take turns in being first, so that none has an advantage from its position.
        for way in (0..3).map(|place| (place + round) % 3) {
            let time = once(WAYS[way], floor, programs).await;
            if round >= WARM_UP {
                times[way].push(time);
            }
        }
    }
    println!("  {:<44}{:>8}{:>9}   {:<24}API requests", "", "median", "added", "times the floor");
    for (way, times_of_way) in WAYS.into_iter().zip(&times) {
        let requests = requests(way, client, floor, programs, rounds.min(COUNTED)).await;
        let name = name(way);
        let middle = median(times_of_way);
        let Some(program) = way else {
            println!("  {name:<44}{middle:>8.1}{:>36}{requests}", "");
            continue;
        };
        // Round by round, since the signer's pace changes.
        let added: Vec<f64> = times_of_way.iter().zip(&times[0]).map(|(time, floor)| time - floor).collect();
        let added = median(&added);
        let ratio = Ratio::of(times_of_way, &times[0]).to_string();
        println!("  {name:<44}{middle:>8.1}{added:>9.1}   {ratio:<24}{requests}");
        if matches!(program, Program::Podcert) {
            println!("  {:<44}{:>8}{:>9}   {}", "", "", "", verdict(added, AIM, "ms added"));
        }
    }
    println!();
}

/// Milliseconds for one.
async fn once(way: Option<Program>, floor: &Floor, programs: &Programs) -> f64 {
    // cert-manager limits its calls per second, and must have some left.
    tokio::time::sleep(PAUSE).await;
    let Some(program) = way else {
        let request = floor.request();
        floor.connect().await;
        let since = Instant::now();
        floor.issue(&request).await.expect("a certificate");
        return milliseconds(since);
    };
    let command = programs.command(program);
    let since = Instant::now();
    succeed(command).await;
    milliseconds(since)
}

/// For each certificate.
async fn requests(
    way: Option<Program>,
    client: &Client,
    floor: &Floor,
    programs: &Programs,
    certificates: usize,
) -> Requests {
    let before = Requests::count(client).await;
    for _ in 0..certificates {
        once(way, floor, programs).await;
    }
    Requests::count(client).await.since(before, certificates)
}

fn name(way: Option<Program>) -> &'static str {
    match way {
        None => "floor: two calls of a client that waits",
        Some(Program::Podcert) => "podcert obtain",
        Some(Program::Script) => "openssl, curl, jq, a check each 0.2 s",
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The floor is first: the others are compared with it.
const WAYS: [Option<Program>; 3] = [None, Some(Program::Podcert), Some(Program::Script)];

/// How many are timed.
pub const ROUNDS: usize = 40;

const WARM_UP: usize = 3;
const COUNTED: usize = 10;
const PAUSE: Duration = Duration::from_millis(150);

/// Milliseconds above the floor.
const AIM: f64 = 5.0;
