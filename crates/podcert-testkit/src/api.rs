//! A scripted API server: it expects certain calls in a certain order, checks each, and answers as the test
//! says. A call that is missing, other than expected, or too many fails the test.

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

/// One call that is expected, and how it is answered.
pub struct Step {
    method: &'static str,
    /// `{name}` stands for the name of the object that was created last.
    target: String,
    answer: Box<dyn FnOnce(&Value) -> Answer + Send>,
}

/// How a call is answered.
pub enum Answer {
    /// Not at all: the connection breaks.
    Lost,
    /// Not at all, and nobody says so: the connection stays open.
    Silence,
    /// With an object.
    Object(u16, Value),
    /// With the events of a watch, after which it stays open.
    Open(Vec<Value>),
    /// With the events of a watch, after which the server ends it.
    Ended(Vec<Value>),
    /// With the events of a watch, after which the connection breaks.
    Broken(Vec<Value>),
}

impl Step {
    /// A call, answered with knowledge of the object that was created last, this one included.
    pub fn new(
        method: &'static str,
        target: impl Into<String>,
        answer: impl FnOnce(&Value) -> Answer + Send + 'static,
    ) -> Self {
        Self { method, target: target.into(), answer: Box::new(answer) }
    }
}

/// The API server's refusal.
pub fn failure(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message});
    Answer::Object(code, status)
}

/// An event of a watch.
pub fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

/// The server. [`finish`](Self::finish) tells what went wrong.
pub struct ApiServer(JoinHandle<()>);

impl ApiServer {
    /// A server that expects these calls, and its client.
    pub fn start(steps: Vec<Step>) -> (Client, Self) {
        let (service, handle) = mock::pair();
        let server = tokio::spawn(serve(handle, steps));
        (Client::new(service, "default"), Self(server))
    }

    /// Fails unless every expected call was made and no other. All clients must have been dropped.
    pub async fn finish(self) {
        let served = tokio::time::timeout(Duration::from_secs(1), self.0).await;
        served.expect("a client is still there").expect("the calls that were expected");
    }
}

async fn serve(mut handle: Mock, steps: Vec<Step>) {
    let mut created = Value::Null;
    let mut unanswered = Vec::new();
    for Step { method, target, answer } in steps {
        let name = created["metadata"]["name"].as_str().unwrap_or_default();
        let expected = format!("{method} {}", target.replace("{name}", name));
        let Some((request, reply)) = handle.next_request().await else {
            panic!("{expected} was expected, and was not called");
        };
        let (head, body) = request.into_parts();
        let called = format!("{} {}", head.method, head.uri.path_and_query().expect("a path"));
        // kube writes the query loosely.
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
        panic!("{} {} was called, and was not expected", request.method(), request.uri());
    }
}

fn respond(code: u16, lines: Vec<Value>, end: End) -> Response<Reply> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let reply = Reply { text: Some(text.into()), end };
    Response::builder().status(code).body(reply).expect("a response")
}

/// The body of an answer: a text, then an end.
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
            // Whoever waits for more has a deadline.
            (None, End::Never) => Poll::Pending,
            (None, End::Orderly) => Poll::Ready(None),
        }
    }
}
