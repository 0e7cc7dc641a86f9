//! The watch of one object, by its name and from a known version on. It never lists objects, which the pod may not do, and
//! never polls.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kube::api::{WatchEvent, WatchParams};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::progress::Progress;
use super::retry::{self, Backoff};

type Events<K> = Pin<Box<dyn Stream<Item = kube::Result<WatchEvent<K>>> + Send>>;

/// The changes of one object, across broken connections.
pub(crate) struct Watch<'a, K> {
    api: &'a Api<K>,
    name: &'a str,
    /// `None` if the server no longer has the version that we have seen.
    version: Option<String>,
    events: Option<Events<K>>,
    backoff: Backoff,
}

impl<'a, K: Resource + Clone + Debug + DeserializeOwned + Send + 'static> Watch<'a, K> {
    /// Watches for the changes that follow this version of the object.
    pub(crate) fn after(api: &'a Api<K>, name: &'a str, object: &K) -> Self {
        let version = object.meta().resource_version.clone();
        Self { api, name, version, events: None, backoff: Backoff::new() }
    }

    /// The object after its next change; `None` if it was deleted.
    pub(crate) async fn next(&mut self, progress: &mut Progress) -> Result<Option<K>, kube::Error> {
        loop {
            let Some(version) = &self.version else { return self.get(progress).await };
            let Some(events) = &mut self.events else {
                match connect(self.api, self.name, version, progress).await {
                    Ok(events) => self.events = Some(events),
                    Err(error) if retry::is_expired(&error) => self.lost(&error, progress).await,
                    Err(error) => return Err(error),
                }
                continue;
            };
            match events.next().await {
                Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object))) => {
                    self.version.clone_from(&object.meta().resource_version);
                    self.backoff = Backoff::new();
                    return Ok(Some(object));
                }
                Some(Ok(WatchEvent::Deleted(_))) => return Ok(None),
                Some(Ok(WatchEvent::Bookmark(mark))) => self.version = Some(mark.metadata.resource_version),
                Some(Ok(WatchEvent::Error(status))) => {
                    self.lost(&kube::Error::Api(status), progress).await;
                }
                Some(Err(error)) => self.lost(&error, progress).await,
                // The server ends every watch after some minutes. If it dies, that looks the same.
                None => {
                    progress.connection_lost();
                    self.reconnect().await;
                }
            }
        }
    }

    async fn lost(&mut self, error: &kube::Error, progress: &mut Progress) {
        progress.call_failed(retry::reason(error));
        if retry::is_expired(error) {
            self.version = None;
        }
        self.reconnect().await;
    }

    async fn reconnect(&mut self) {
        self.events = None;
        self.backoff.wait(Duration::ZERO).await;
    }

    /// The object as it is now.
    async fn get(&mut self, progress: &mut Progress) -> Result<Option<K>, kube::Error> {
        let object = retry::repeat(progress, || self.api.get_opt(self.name)).await?;
        self.version = object.as_ref().and_then(|object| object.meta().resource_version.clone());
        Ok(object)
    }
}

async fn connect<K: Clone + Debug + DeserializeOwned + Send + 'static>(
    api: &Api<K>,
    name: &str,
    version: &str,
    progress: &mut Progress,
) -> Result<Events<K>, kube::Error> {
    let params = WatchParams::default().fields(&format!("metadata.name={name}"));
    Ok(retry::repeat(progress, || api.watch(&params, version)).await?.boxed())
}
