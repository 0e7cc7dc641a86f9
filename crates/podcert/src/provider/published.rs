//! A published certificate as a source: an init container or an earlier start has obtained it.

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use jiff::Timestamp;

use super::{Error, Obtained, Outcome, Provider};
use crate::identity::Identity;
use crate::names::{self, SubjectNames};
use crate::request::Wanted;
use crate::signer::Origin;
use crate::store::Store;
use crate::support::clock::Attempt;
use crate::verify;

/// The certificate in the store, which this source cannot replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedProvider;

impl Provider for PublishedProvider {
    fn describe(&self) -> String {
        "a certificate that is already published, for example by an init container".to_owned()
    }

    fn origin(&self) -> Option<Origin> {
        None
    }

    fn names(&self, wanted: &Wanted) -> Option<Result<SubjectNames, names::Error>> {
        let is_empty = wanted.additional.clone().and(&wanted.needed) == Identity::default();
        (!is_empty).then(|| wanted.names(&Identity::default()))
    }

    fn obtain<'a>(
        &'a self,
        wanted: &'a Wanted,
        store: &'a Store,
        attempt: &'a Attempt<'a>,
    ) -> BoxFuture<'a, Result<Obtained, Error>> {
        future::ready(published(wanted, store, attempt.now())).boxed()
    }
}

/// The published certificate, if it is good and has the names that the settings require.
fn published(wanted: &Wanted, store: &Store, now: Timestamp) -> Result<Obtained, Error> {
    let directory = store.directory();
    let Some(stored) = store.current()? else {
        return Err(Error::Vanished { directory: directory.to_owned() });
    };
    let certificate = verify::published(&stored, now)?;
    let has = certificate.names();
    let additional = &wanted.additional;
    let has_all = additional.dns_names.is_subset(has.dns_names())
        && additional.ip_addresses.iter().all(|address| has.ip_addresses().contains(&address.to_canonical()))
        && additional.uris.is_subset(has.uris());
    if !has_all {
        let wanted = additional.clone().names()?.to_string();
        return Err(Error::Lacks { directory: directory.to_owned(), has: has.to_string(), wanted });
    }
    if wanted.ip_addresses_as_dns_names && !has.has_ip_addresses_as_dns_names() {
        return Err(Error::LacksIpAddresses { directory: directory.to_owned(), has: has.to_string() });
    }
    tracing::info!(
        source = %stored.origin(),
        names = %has,
        not_after = %certificate.not_after(),
        "using the published certificate"
    );
    Ok(Obtained { certificate, outcome: Outcome::Kept })
}
