//! A scripted API server: it expects certain calls in a certain order, checks each, and responds as the test requires. A
//! missing, unexpected or additional call fails the test.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tower_test::mock::{self, Handle};

type Mock = Handle<Request<Body>, Response<Reply>>;

/// The path of the CertificateRequests in the namespace of [`pod`](crate::pod).
pub const REQUESTS: &str = "/apis/cert-manager.io/v1/namespaces/shop/certificaterequests";

/// An expected call and its response.
pub struct Step {
    method: &'static str,
    /// `{name}` is replaced by the name of the object that was created last.
    target: String,
    answer: Box<dyn FnOnce(&Value) -> Answer + Send>,
}

/// The response to a call.
pub enum Answer {
    /// No response: the connection breaks.
    Lost,
    /// No response: the connection stays open.
    Silence,
    /// An object.
    Object(u16, Value),
    /// The events of a watch, which then stays open.
    Open(Vec<Value>),
    /// The events of a watch, which the server then ends.
    Ended(Vec<Value>),
    /// The events of a watch, whose connection then breaks.
    Broken(Vec<Value>),
}

impl Step {
    /// A call. Its response may depend on the object that was created last, this call included.
    pub fn new(
        method: &'static str,
        target: impl Into<String>,
        answer: impl FnOnce(&Value) -> Answer + Send + 'static,
    ) -> Self {
        Self { method, target: target.into(), answer: Box::new(answer) }
    }
}

/// An error of the API server.
pub fn failure(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message});
    Answer::Object(code, status)
}

/// An event of a watch.
pub fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

/// The server. [`finish`](Self::finish) reports what went wrong.
pub struct ApiServer(JoinHandle<()>);

impl ApiServer {
    /// A server that expects these calls, and a client for it.
    pub fn start(steps: Vec<Step>) -> (Client, Self) {
        let (service, handle) = mock::pair();
        let server = tokio::spawn(serve(handle, steps));
        (Client::new(service, "default"), Self(server))
    }

    /// Fails unless exactly the expected calls were made. All clients must have been dropped.
    pub async fn finish(self) {
        let served = tokio::time::timeout(Duration::from_secs(1), self.0).await;
        served.expect("all clients are dropped").expect("the expected calls");
    }
}

async fn serve(mut handle: Mock, steps: Vec<Step>) {
    let mut created = Value::Null;
    let mut unanswered = Vec::new();
    for Step { method, target, answer } in steps {
        let name = created["metadata"]["name"].as_str().unwrap_or_default();
        let expected = format!("{method} {}", target.replace("{name}", name));
        let Some((request, reply)) = handle.next_request().await else {
            panic!("{expected} was expected but not called");
        };
        let (head, body) = request.into_parts();
        let called = format!("{} {}", head.method, head.uri.path_and_query().expect("a path"));
        // kube does not normalize the query.
        assert_eq!(called.replace("?&", "?").trim_end_matches('?'), expected);
        if method == "POST" {
            let body = body.collect().await.expect("a body").to_bytes();
            created = serde_json::from_slice(&body).expect("an object");
        }
        match answer(&created) {
            Answer::Lost => reply.send_error(io::Error::from(io::ErrorKind::ConnectionRefused)),
            Answer::Silence => unanswered.push(reply),
            Answer::Object(code, object) => reply.send_response(respond(code, vec![object], End::Orderly)),
            Answer::Open(events) => reply.send_response(respond(200, events, End::Never)),
            Answer::Ended(events) => reply.send_response(respond(200, events, End::Orderly)),
            Answer::Broken(events) => reply.send_response(respond(200, events, End::Broken)),
        }
    }
    if let Some((request, _)) = handle.next_request().await {
        panic!("{} {} was called but not expected", request.method(), request.uri());
    }
}

fn respond(code: u16, lines: Vec<Value>, end: End) -> Response<Reply> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let reply = Reply { text: Some(text.into()), end };
    Response::builder().status(code).body(reply).expect("a response")
}

/// The body of a response: a text, then an end.
struct Reply {
    text: Option<Bytes>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Broken,
    Never,
    Orderly,
}

impl http_body::Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match (self.text.take(), self.end) {
            (Some(text), _) => Poll::Ready(Some(Ok(Frame::data(text)))),
            (None, End::Broken) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
            // A client that waits for more has a deadline.
            (None, End::Never) => Poll::Pending,
            (None, End::Orderly) => Poll::Ready(None),
        }
    }
}
