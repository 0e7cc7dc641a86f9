//! A small HTTP server for probes and Prometheus: `/healthz`, `/readyz`, `/metrics`.

use std::convert::Infallible;
use std::future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use podcert::diagnose;
use podcert::support::clock::Clock;
use tokio::net::{TcpListener, TcpStream};

use super::metrics::Metrics;

/// Opens the socket.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| ListenError { address, source })
}

/// Serves for as long as it is polled, on the same thread as everything else.
pub async fn serve(listener: Option<&TcpListener>, metrics: &Metrics, clock: &dyn Clock) -> Infallible {
    let Some(listener) = listener else { return future::pending().await };
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => connections.push(connection(stream, metrics, clock)),
                // Out of file descriptors, perhaps only briefly.
                Err(_) => clock.sleep(PAUSE).await,
            },
            Some(()) = connections.next() => {}
        }
    }
}

async fn connection(stream: TcpStream, metrics: &Metrics, clock: &dyn Clock) {
    let service = service_fn(|request| future::ready(Ok::<_, Infallible>(answer(&request, metrics, clock))));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).keep_alive(false);
    // The client has gone, or does not speak HTTP.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

fn answer(request: &Request<Incoming>, metrics: &Metrics, clock: &dyn Clock) -> Response<Full<Bytes>> {
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, PLAIN, "ok\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/readyz") if metrics.is_ready(clock.now()) => {
            (StatusCode::OK, PLAIN, "ok\n".to_owned())
        }
        (&Method::GET | &Method::HEAD, "/readyz") => {
            (StatusCode::SERVICE_UNAVAILABLE, PLAIN, "the certificate has expired\n".to_owned())
        }
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, OPEN_METRICS, metrics.encode()),
        _ => (StatusCode::NOT_FOUND, PLAIN, "try /healthz, /readyz or /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}

/// The socket cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for probes and metrics")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

diagnose!(ListenError {
    Self { .. } => Settings("set --http (PODCERT_HTTP) to a free port"),
});

const PLAIN: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const MAX_CONNECTIONS: usize = 16;
const HEADER_TIMEOUT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
