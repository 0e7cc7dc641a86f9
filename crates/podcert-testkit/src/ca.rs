//! A CA for tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use crate::{LeafBuilder, NOW};

/// A CA, root or intermediate.
pub struct TestCa {
    pem: String,
    issuer: Arc<Issuer<'static, KeyPair>>,
    /// The certificates from this CA up to the root, without the root.
    intermediates: String,
}

impl TestCa {
    /// A good root CA, valid from a year before [`NOW`] until twenty years after it, so that it is also valid by the real
    /// clock. Each has its own key; all have the same name.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A good root CA with this name.
    pub fn named(name: &str) -> Self {
        Self::root(ca_params(name))
    }

    /// A root CA with something changed.
    pub fn with(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = ca_params("test root");
        change(&mut params);
        Self::root(params)
    }

    /// A root CA with a different validity.
    pub fn valid(not_before: Timestamp, not_after: Timestamp) -> Self {
        Self::with(|params| set_validity(params, not_before, not_after))
    }

    /// Reads a CA from two PEM files.
    pub fn load(certificate: &Path, key: &Path) -> Self {
        let pem = fs::read_to_string(certificate).expect("the CA's certificate");
        let key = fs::read_to_string(key).expect("the CA's key");
        let key = KeyPair::from_pem(&key).expect("a CA's key");
        let issuer = Issuer::from_ca_cert_pem(&pem, key).expect("a CA's certificate");
        Self { pem, issuer: Arc::new(issuer), intermediates: String::new() }
    }

    /// An intermediate CA that this one has certified. Chains that it signs include its certificate.
    pub fn intermediate(&self) -> Self {
        self.intermediate_with(|_| {})
    }

    /// An intermediate CA with something changed.
    pub fn intermediate_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = ca_params("test intermediate");
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("an intermediate certificate");
        let intermediates = certificate.pem() + &self.intermediates;
        Self::of(&certificate, params, key, intermediates)
    }

    /// The CA's certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The CA's key.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A leaf to be signed by this CA, without names but otherwise good.
    pub fn leaf(&self) -> LeafBuilder {
        LeafBuilder::new(self.issuer.clone(), self.intermediates.clone())
    }

    fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a root certificate");
        Self::of(&certificate, params, key, String::new())
    }

    fn of(certificate: &Certificate, params: CertificateParams, key: KeyPair, intermediates: String) -> Self {
        Self { pem: certificate.pem(), issuer: Arc::new(Issuer::new(params, key)), intermediates }
    }
}

impl Default for TestCa {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets the validity, in whole seconds since 1970.
pub(crate) fn set_validity(params: &mut CertificateParams, not_before: Timestamp, not_after: Timestamp) {
    let since_epoch =
        |at: Timestamp| Duration::from_secs(at.as_second().try_into().expect("a time after 1970"));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_epoch(not_before);
    params.not_after = epoch + since_epoch(not_after);
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, NOW - YEAR, NOW + YEAR * 20);
    params
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
