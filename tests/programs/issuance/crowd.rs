//! Many certificates at once, as when all pods of a cluster start together.

use std::time::Instant;

use futures_util::future::join_all;
use kube::Client;
use scenarios::figures::median;

use crate::floor::Floor;
use crate::programs::{Program, Programs};
use crate::requests::Requests;

/// Measures, and prints a table. With a given number of rounds, the largest crowd is left out.
pub async fn compare(client: &Client, floor: &Floor, programs: &Programs, rounds: Option<usize>) {
    println!("Many certificates at once: seconds until the last one");
    println!("  {:>5}  {:<20}{:>8}{:>8}   API requests for each", "", "", "median", "failed");
    let crowds = rounds.map_or(CROWDS.to_vec(), |rounds| vec![(CROWDS[0].0, rounds)]);
    for (number, rounds) in crowds {
        let (mut floors, mut podcerts) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            floors.push(Crowd::of(client, number, floors_at_once(floor, number)).await);
            podcerts.push(Crowd::of(client, number, processes_at_once(programs, number)).await);
        }
        let times = [("floor", &floors), ("podcert obtain", &podcerts)].map(|(name, crowds)| {
            let seconds = median(&crowds.iter().map(|crowd| crowd.seconds).collect::<Vec<_>>());
            let failed: usize = crowds.iter().map(|crowd| crowd.failed).sum();
            let requests = crowds[crowds.len() - 1].requests;
            println!("  {number:>5}  {name:<20}{seconds:>8.2}{failed:>8}   {requests}");
            seconds
        });
        println!("  {number:>5}  {:<20}{:>8.2}", "times the floor", times[1] / times[0]);
    }
}

/// The outcome of requests that started together.
struct Crowd {
    seconds: f64,
    failed: usize,
    requests: Requests,
}

impl Crowd {
    async fn of(client: &Client, number: usize, crowd: impl Future<Output = usize>) -> Self {
        let before = Requests::count(client).await;
        let since = Instant::now();
        let failed = crowd.await;
        let seconds = since.elapsed().as_secs_f64();
        Self { seconds, failed, requests: Requests::count(client).await.since(before, number) }
    }
}

/// How many of the floor client's requests fail.
async fn floors_at_once(floor: &Floor, number: usize) -> usize {
    let requests: Vec<_> = (0..number).map(|_| floor.request()).collect();
    let results = join_all(requests.iter().map(|request| floor.issue(request))).await;
    results.into_iter().filter_map(Result::err).inspect(|error| eprintln!("floor: {error}")).count()
}

/// How many of the processes fail.
async fn processes_at_once(programs: &Programs, number: usize) -> usize {
    let commands = (0..number).map(|_| programs.command(Program::Podcert));
    let results = join_all(commands.map(|mut command| async move {
        let output = command.output().await.expect("podcert runs");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }));
    results.await.into_iter().flatten().inspect(|stderr| eprintln!("podcert: {stderr}")).count()
}

/// How many certificates, and how often: the larger crowd takes minutes.
const CROWDS: [(usize, usize); 2] = [(200, 3), (1000, 1)];
