//! One object, watched by its name from a known version on. A list is never asked for, which the pod may not
//! do, and nothing is polled.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kube::Api;
use kube::api::{WatchEvent, WatchParams};

use super::calls::{self, Pauses};
use super::object::CertificateRequest;
use super::progress::Progress;

type Events = Pin<Box<dyn Stream<Item = kube::Result<WatchEvent<CertificateRequest>>> + Send>>;

/// The changes of one object, across dropped connections.
pub(super) struct Watch<'a> {
    api: &'a Api<CertificateRequest>,
    name: &'a str,
    /// None when changes can no longer be told from where we were.
    version: Option<String>,
    events: Option<Events>,
    pauses: Pauses,
}

impl<'a> Watch<'a> {
    /// Watches for what follows this object.
    pub(super) fn after(
        api: &'a Api<CertificateRequest>,
        name: &'a str,
        object: &CertificateRequest,
    ) -> Self {
        let version = object.metadata.resource_version.clone();
        Self { api, name, version, events: None, pauses: Pauses::new() }
    }

    /// The object after its next change; none if it was deleted.
    pub(super) async fn next(
        &mut self,
        progress: &mut Progress,
    ) -> Result<Option<CertificateRequest>, kube::Error> {
        loop {
            let Some(version) = &self.version else { return self.get(progress).await };
            let Some(events) = &mut self.events else {
                match connect(self.api, self.name, version, progress).await {
                    Ok(events) => self.events = Some(events),
                    Err(error) if calls::is_expired(&error) => self.lost(&error, progress).await,
                    Err(error) => return Err(error),
                }
                continue;
            };
            match events.next().await {
                Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object))) => {
                    self.version.clone_from(&object.metadata.resource_version);
                    self.pauses = Pauses::new();
                    return Ok(Some(object));
                }
                Some(Ok(WatchEvent::Deleted(_))) => return Ok(None),
                Some(Ok(WatchEvent::Bookmark(mark))) => self.version = Some(mark.metadata.resource_version),
                Some(Ok(WatchEvent::Error(status))) => {
                    self.lost(&kube::Error::Api(status), progress).await;
                }
                Some(Err(error)) => self.lost(&error, progress).await,
                // The server ends every watch after some minutes. When it dies, that looks the same.
                None => {
                    progress.interrupted();
                    self.reconnect().await;
                }
            }
        }
    }

    async fn lost(&mut self, error: &kube::Error, progress: &mut Progress) {
        progress.trouble(calls::reason(error));
        if calls::is_expired(error) {
            self.version = None;
        }
        self.reconnect().await;
    }

    async fn reconnect(&mut self) {
        self.events = None;
        self.pauses.wait(Duration::ZERO).await;
    }

    /// The object as it is now.
    async fn get(&mut self, progress: &mut Progress) -> Result<Option<CertificateRequest>, kube::Error> {
        let object = calls::repeat(progress, || self.api.get_opt(self.name)).await?;
        self.version = object.as_ref().and_then(|object| object.metadata.resource_version.clone());
        Ok(object)
    }
}

async fn connect(
    api: &Api<CertificateRequest>,
    name: &str,
    version: &str,
    progress: &mut Progress,
) -> Result<Events, kube::Error> {
    let params = WatchParams::default().fields(&format!("metadata.name={name}"));
    Ok(calls::repeat(progress, || api.watch(&params, version)).await?.boxed())
}
