//! How many calls the API server has seen that are about a single CertificateRequest.

use std::fmt;
use std::time::Duration;

use http::Request;
use kube::Client;

/// Its counters. cert-manager's own calls are not among them: it writes to the subresource `status`, and lists and
/// watches all objects of the cluster, which has another scope. The collector's are: what it removes it gets first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests {
    creates: f64,
    watches: f64,
    gets: f64,
    refused: f64,
}

impl Requests {
    /// Asks the API server. A watch is counted when it has ended.
    pub async fn count(client: &Client) -> Self {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let request = Request::get("/metrics").body(Vec::new()).expect("a request");
        let metrics = client.request_text(request).await.expect("the metrics");
        Self::parse(&metrics)
    }

    /// What has been added, for each of some certificates.
    pub fn since(self, before: Self, certificates: usize) -> Self {
        let each = |now: f64, then: f64| (now - then) / certificates as f64;
        Self {
            creates: each(self.creates, before.creates),
            watches: each(self.watches, before.watches),
            gets: each(self.gets, before.gets),
            refused: each(self.refused, before.refused),
        }
    }

    fn parse(metrics: &str) -> Self {
        let mut requests = Self::default();
        for line in metrics.lines().filter(|line| MARKS.iter().all(|mark| line.contains(mark))) {
            let (_, count) = line.rsplit_once(' ').expect("a metric with a value");
            let count: f64 = count.parse().expect("a number");
            if !line.contains("code=\"2") {
                requests.refused += count;
            }
            match line.split_once("verb=\"").and_then(|(_, rest)| rest.split('"').next()) {
                Some("POST") => requests.creates += count,
                Some("WATCH") => requests.watches += count,
                Some("GET") => requests.gets += count,
                _ => {}
            }
        }
        requests
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { creates, watches, gets, refused } = self;
        write!(f, "{creates:.2} create, {watches:.2} watch, {gets:.2} get, {refused:.2} of them refused")
    }
}

/// What stands in the lines that count.
const MARKS: [&str; 5] = [
    "apiserver_request_total{",
    "group=\"cert-manager.io\"",
    "resource=\"certificaterequests\"",
    "scope=\"resource\"",
    "subresource=\"\"",
];
