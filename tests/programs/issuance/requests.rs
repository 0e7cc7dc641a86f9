//! How many calls about single CertificateRequests the API server has handled.

use std::fmt;
use std::time::Duration;

use http::Request;
use kube::Client;

/// The API server's counters. They do not include cert-manager's own calls: it writes to the subresource `status`, and
/// lists and watches all objects of the cluster, which has a different scope. They include those of the garbage collector,
/// which gets what it removes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests {
    creates: f64,
    watches: f64,
    gets: f64,
    refused: f64,
}

impl Requests {
    /// Reads them from the API server. A watch is counted when it has ended.
    pub async fn count(client: &Client) -> Self {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let request = Request::get("/metrics").body(Vec::new()).expect("a request");
        let metrics = client.request_text(request).await.expect("the metrics");
        Self::parse(&metrics)
    }

    /// What has been added, per certificate.
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

/// What the relevant lines contain.
const MARKS: [&str; 5] = [
    "apiserver_request_total{",
    "group=\"cert-manager.io\"",
    "resource=\"certificaterequests\"",
    "scope=\"resource\"",
    "subresource=\"\"",
];
