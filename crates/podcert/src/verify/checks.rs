//! The checks, in the order in which they are made.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use super::error::{Error, MAX_WAIT};
use crate::names::{self, MAX_NAMES, SubjectNames};
use crate::support::pem::{self, Limits};
use crate::support::{hex, x509};
use crate::trust::{Anchor, TrustBundle};

/// What a certificate must be, names included.
pub(super) struct Expectation<'a> {
    pub(super) common: Common<'a>,
    pub(super) names: &'a SubjectNames,
}

/// What a certificate must be, apart from its names.
pub(super) struct Common<'a> {
    /// What errors call the certificate.
    pub(super) certificate: &'a str,
    pub(super) public_key: &'a [u8],
    pub(super) trust: &'a TrustBundle,
}

/// What the checks have found out about a certificate.
pub(super) struct Checked {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) serial: String,
    pub(super) fingerprint: String,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Expectation<'_> {
    pub(super) fn check(&self, chain_pem: &[u8], now: Timestamp) -> Result<Checked, Error> {
        let chain = parse(self.common.certificate, chain_pem)?;
        // There is a first certificate: an empty chain has been refused.
        let leaf = x509::parse(&chain[0]).ok_or_else(|| self.common.unreadable())?;
        self.common.check_key(&leaf)?;
        self.common.check_kind(&leaf)?;
        self.check_names(&leaf)?;
        let (not_before, not_after) = self.common.check_validity(&leaf, now)?;
        self.common.check_chain(&chain, now)?;
        let serial = hex::encode(leaf.raw_serial());
        let fingerprint = x509::fingerprint(&chain[0]);
        Ok(Checked { serial, fingerprint, not_before, not_after, chain })
    }

    fn check_names(&self, leaf: &X509Certificate<'_>) -> Result<(), Error> {
        let extension = leaf.subject_alternative_name().map_err(|_| self.common.unreadable())?;
        let general_names = extension.map_or(&[][..], |it| &it.value.general_names);
        let asked = self.names.labeled();
        let got: BTreeSet<String> = general_names.iter().take(MAX_NAMES + 1).map(labeled).collect();
        if got == asked {
            return Ok(());
        }
        let got = if got.is_empty() { "none".to_owned() } else { names::join(&got) };
        Err(Error::Names { certificate: self.common.certificate(), asked: names::join(&asked), got })
    }
}

impl Common<'_> {
    /// Everything that is wrong with a parsed chain, not only the first thing.
    pub(super) fn faults(&self, chain: &[CertificateDer<'_>], now: Timestamp) -> Vec<Error> {
        let Some(leaf) = chain.first().and_then(|der| x509::parse(der)) else {
            return vec![self.unreadable()];
        };
        let (not_before, not_after) = x509::validity(&leaf);
        // An expired chain is checked at the time when it was valid: expiry is reported separately, and so are usages.
        let then = now.max(not_before).min(not_after);
        let anchors: Vec<&Anchor> = self.trust.valid_at(now).collect();
        let uses = USES.into_iter().map(|usage| self.check_use(usage, &anchors, chain, then));
        let is_reported_separately =
            |error: &Error| matches!(error, Error::Chain { source, .. } if is_of_usages(source));
        let chain = uses.filter_map(Result::err).find(|error| !is_reported_separately(error));
        let results =
            [self.check_key(&leaf), self.check_kind(&leaf), self.check_validity(&leaf, now).map(drop)];
        results.into_iter().filter_map(Result::err).chain(chain).collect()
    }

    fn check_key(&self, leaf: &X509Certificate<'_>) -> Result<(), Error> {
        if leaf.public_key().raw == self.public_key {
            Ok(())
        } else {
            Err(Error::KeyMismatch { certificate: self.certificate() })
        }
    }

    /// Checks that it is a leaf for both ends of a connection. A certificate without extended key usages could be used for
    /// anything, which is more than was requested.
    fn check_kind(&self, leaf: &X509Certificate<'_>) -> Result<(), Error> {
        let constraints = leaf.basic_constraints().map_err(|_| self.unreadable())?;
        if constraints.is_some_and(|it| it.value.ca) {
            return Err(Error::Ca { certificate: self.certificate() });
        }
        let key_usage = leaf.key_usage().map_err(|_| self.unreadable())?;
        if key_usage.is_some_and(|it| !it.value.digital_signature()) {
            return Err(Error::KeyUsage { certificate: self.certificate() });
        }
        let usage = leaf.extended_key_usage().map_err(|_| self.unreadable())?;
        let (server, client) =
            usage.map_or((false, false), |it| (it.value.server_auth, it.value.client_auth));
        let got = match (server, client) {
            (true, true) => return Ok(()),
            (true, false) => "only server authentication",
            (false, true) => "only client authentication",
            (false, false) => "neither server nor client authentication",
        };
        Err(Error::Usage { certificate: self.certificate(), got: got.to_owned() })
    }

    fn check_validity(
        &self,
        leaf: &X509Certificate<'_>,
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), Error> {
        let (not_before, not_after) = x509::validity(leaf);
        let certificate = self.certificate();
        if now > not_after {
            return Err(Error::Expired { certificate, not_after, now });
        }
        // Negative if the validity has begun.
        match Duration::try_from(not_before.duration_since(now)) {
            Ok(wait) if wait > MAX_WAIT => Err(Error::TooFarAhead { certificate, not_before, now }),
            Ok(wait) if !wait.is_zero() => Err(Error::NotYetValid { certificate, not_before, now, wait }),
            Ok(_) | Err(_) => Ok((not_before, not_after)),
        }
    }

    fn check_chain(&self, chain: &[CertificateDer<'_>], now: Timestamp) -> Result<(), Error> {
        // webpki checks neither the validity nor the constraints of anchors: TrustBundle and this file do.
        let anchors: Vec<&Anchor> = self.trust.valid_at(now).collect();
        USES.into_iter().try_for_each(|usage| self.check_use(usage, &anchors, chain, now))
    }

    fn check_use(
        &self,
        usage: &'static str,
        anchors: &[&Anchor],
        chain: &[CertificateDer<'_>],
        at: Timestamp,
    ) -> Result<(), Error> {
        let key_usage = if usage == SERVER { KeyUsage::server_auth() } else { KeyUsage::client_auth() };
        build_chain(chain, anchors, key_usage, at).map_err(|source| Error::Chain {
            certificate: self.certificate(),
            usage,
            source,
        })
    }

    fn certificate(&self) -> String {
        self.certificate.to_owned()
    }

    fn unreadable(&self) -> Error {
        Error::NotACertificate { certificate: self.certificate() }
    }
}

/// The certificates of a chain, leaf first.
pub(super) fn parse(certificate: &str, chain_pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    pem::certificates(chain_pem, LIMITS)
        .map_err(|source| Error::Pem { certificate: certificate.to_owned(), source })
}

/// A name with its kind. A name of a kind that we do not use keeps its kind too, so that it never equals a requested one.
/// Text that may be hostile is escaped.
pub(super) fn labeled(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("DNS:{}", name.to_ascii_lowercase().escape_default()),
        GeneralName::IPAddress(bytes) => match address(bytes) {
            Some(address) => format!("IP:{address}"),
            None => format!("IP:0x{}", hex::encode(bytes)),
        },
        GeneralName::URI(uri) => format!("URI:{}", uri.escape_default()),
        GeneralName::RFC822Name(email) => format!("email:{}", email.escape_default()),
        GeneralName::DirectoryName(_) => "a directory name".to_owned(),
        GeneralName::EDIPartyName(_) => "an EDI party name".to_owned(),
        GeneralName::Invalid(..) => "an unreadable name".to_owned(),
        GeneralName::OtherName(oid, _) => format!("otherName {oid}"),
        GeneralName::RegisteredID(oid) => format!("registered ID {oid}"),
        GeneralName::X400Address(_) => "an X.400 address".to_owned(),
    }
}

/// Bytes as an address. An IPv4-mapped address stays IPv6, because peers compare bytes.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).into());
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).into())).ok()
}

fn is_of_usages(error: &webpki::Error) -> bool {
    matches!(error, webpki::Error::RequiredEkuNotFoundContext(_))
}

fn build_chain(
    chain: &[CertificateDer<'_>],
    anchors: &[&Anchor],
    usage: KeyUsage,
    at: Timestamp,
) -> Result<(), webpki::Error> {
    let trust_anchors: Vec<TrustAnchor<'_>> =
        anchors.iter().map(|it| webpki::anchor_from_trusted_cert(&it.der)).collect::<Result<_, _>>()?;
    let check_path_length = |path: &VerifiedPath<'_>| {
        let used = trust_anchors.iter().position(|it| it == path.anchor());
        let allowed = used.and_then(|index| anchors[index].path_length);
        match allowed {
            Some(allowed) if path.intermediate_certificates().count() > allowed as usize => {
                Err(webpki::Error::PathLenConstraintViolated)
            }
            Some(_) | None => Ok(()),
        }
    };
    let since_epoch = Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    EndEntityCert::try_from(&chain[0])?.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &trust_anchors,
        &chain[1..],
        UnixTime::since_unix_epoch(since_epoch),
        usage,
        None,
        Some(&check_path_length),
    )?;
    Ok(())
}

const SERVER: &str = "server";
const USES: [&str; 2] = [SERVER, "client"];

pub(super) const LIMITS: Limits = Limits { bytes: 64 * 1024, certificates: 10 };
