//! A CA on this machine: created once, kept in a directory, shared by all nodes of a user. It is for development,
//! demonstrations and tests: anyone who can read its key can impersonate any node.

mod authority;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};

pub use authority::Error;
pub use authority::certificate_path;

use self::authority::Authority;
use super::{Issued, Origin, Signer};
use crate::request::SigningRequest;
use crate::signer;
use crate::support::clock::Attempt;
use crate::trust::TrustBundle;

/// The local CA.
#[derive(Debug)]
pub struct LocalCa {
    authority: Authority,
}

impl LocalCa {
    /// Reads the CA in a directory, or creates it. If other processes are creating it, waits for them until the attempt's
    /// deadline.
    pub async fn open(directory: &Path, attempt: &Attempt<'_>) -> Result<Self, Error> {
        Ok(Self { authority: Authority::open(directory, attempt).await? })
    }

    /// The file with the CA's certificate.
    pub fn certificate_path(&self) -> PathBuf {
        self.authority.certificate_path()
    }

    /// Uses only the request, whose signature proves that the requester has the key.
    fn issue(&self, request: &SigningRequest, now: Timestamp) -> Result<Issued, rcgen::Error> {
        let csr = CertificateSigningRequestParams::from_der(&request.csr_der().into())?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(random_serial()?);
        params.subject_alt_names = csr.params.subject_alt_names;
        // Adds the constraint "not a CA" and, as a side effect, the subject key identifier.
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, now, self.end_of(request.duration(), now));

        let issuer = Issuer::from_ca_cert_der(self.authority.der(), self.authority.key())?;
        let certificate = params.signed_by(&csr.public_key, &issuer)?;
        Ok(Issued { chain_pem: certificate.pem(), ca_pem: Some(self.authority.trust().pem()) })
    }

    /// The end of a leaf's validity, at the latest that of the CA: a leaf is not trusted after that anyway.
    fn end_of(&self, duration: Duration, now: Timestamp) -> Timestamp {
        let end = SignedDuration::try_from(duration).ok().and_then(|duration| now.checked_add(duration).ok());
        end.map_or(self.authority.not_after(), |end| end.min(self.authority.not_after()))
    }
}

impl Signer for LocalCa {
    fn origin(&self) -> Origin {
        Origin::Local
    }

    fn trust(&self) -> Option<&TrustBundle> {
        Some(self.authority.trust())
    }

    async fn sign(&self, request: &SigningRequest, attempt: &Attempt<'_>) -> Result<Issued, signer::Error> {
        self.issue(request, attempt.now()).map_err(|source| signer::Error::Failed {
            signer: format!("the local CA {}", self.certificate_path().display()),
            names: request.names().to_string(),
            source: Box::new(source),
        })
    }
}

/// 126 random bits; the two highest bits make it positive and 16 bytes long.
fn random_serial() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| rcgen::Error::RingUnspecified)?;
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Sets the validity, starting a minute ago for peers whose clocks are slow.
fn set_validity(params: &mut CertificateParams, now: Timestamp, not_after: Timestamp) {
    let seconds = |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + seconds(now).saturating_sub(BACKDATED);
    params.not_after = epoch + seconds(not_after);
}

const BACKDATED: Duration = Duration::from_secs(60);
