//! Single calls to the API server that change nothing.

use std::future::Future;
use std::time::Duration;

use kube::Client;
use kube::core::Request;
use kube::core::params::{GetParams, PostParams};
use serde_json::Value;
use tokio::time::timeout;

use super::retry;

/// Why a call failed.
pub(crate) struct CallError {
    /// The HTTP status, if the server responded.
    pub(crate) code: Option<u16>,
    pub(crate) reason: String,
}

/// Reads an object.
pub(crate) async fn get(client: &Client, collection: &str, name: &str) -> Result<Value, CallError> {
    let request = Request::new(collection).get(name, &GetParams::default());
    let request = request.map_err(|error| CallError { code: None, reason: error.to_string() })?;
    with_timeout(client.request(request)).await
}

/// Creates an object that is not stored but answered, such as an access review.
pub(crate) async fn ask(client: &Client, collection: &str, question: &Value) -> Result<Value, CallError> {
    let body = question.to_string().into_bytes();
    let request = Request::new(collection).create(&PostParams::default(), body);
    let request = request.map_err(|error| CallError { code: None, reason: error.to_string() })?;
    with_timeout(client.request(request)).await
}

pub(crate) async fn with_timeout<T>(
    call: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, CallError> {
    match timeout(CALL_TIMEOUT, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            let code = match &error {
                kube::Error::Api(status) => Some(status.code),
                _ => None,
            };
            Err(CallError { code, reason: retry::reason(&error) })
        }
        Err(_) => Err(CallError { code: None, reason: format!("no answer within {CALL_TIMEOUT:?}") }),
    }
}

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
