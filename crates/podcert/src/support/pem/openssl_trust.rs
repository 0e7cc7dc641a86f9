//! `TRUSTED CERTIFICATE`, openssl's own format: a certificate, followed by the uses for which openssl trusts it. In the
//! bundle of a Linux distribution, such CAs may be ones that must not be trusted for TLS.

use x509_parser::asn1_rs::{Any, Class, FromDer, Oid, Tag, oid};
use x509_parser::certificate::X509Certificate;

use super::Error;

/// The certificate, if openssl trusts it at both ends of a connection.
pub(super) fn certificate(mut der: Vec<u8>, position: usize) -> Result<Vec<u8>, Error> {
    // If it is not a certificate at all, the caller reports that.
    let Ok((settings, _)) = X509Certificate::from_der(&der) else { return Ok(der) };
    let length = der.len() - settings.len();
    match is_trusted_for_tls(settings) {
        Some(true) => {
            der.truncate(length);
            Ok(der)
        }
        Some(false) => Err(Error::NotTrustedForTls { position }),
        None => Err(Error::Garbled),
    }
}

/// `None` if the settings cannot be parsed.
fn is_trusted_for_tls(settings: &[u8]) -> Option<bool> {
    if settings.is_empty() {
        return Some(true);
    }
    let ([], settings) = Any::from_der(settings).ok()? else { return None };
    settings.header.assert_tag(Tag::Sequence).ok()?;
    let (mut trusted, mut rejected) = (None, Vec::new());
    for setting in items(settings.data)? {
        match (setting.header.class(), setting.header.tag()) {
            (Class::Universal, Tag::Sequence) => trusted = Some(oids(setting.data)?),
            (Class::ContextSpecific, Tag(0)) => rejected = oids(setting.data)?,
            // An alias and a key ID.
            _ => {}
        }
    }
    let lists = |list: &[Oid<'_>], usage: &Oid<'_>| list.iter().any(|oid| oid == usage || *oid == ANY_USAGE);
    let is_trusted =
        |usage| trusted.as_ref().is_none_or(|list| lists(list, usage)) && !lists(&rejected, usage);
    Some([SERVER, CLIENT].iter().all(is_trusted))
}

fn oids(data: &[u8]) -> Option<Vec<Oid<'_>>> {
    items(data)?.into_iter().map(|item| item.oid().ok()).collect()
}

fn items(mut data: &[u8]) -> Option<Vec<Any<'_>>> {
    let mut items = Vec::new();
    while !data.is_empty() {
        let (rest, item) = Any::from_der(data).ok()?;
        items.push(item);
        data = rest;
    }
    Some(items)
}

const ANY_USAGE: Oid<'static> = oid!(2.5.29.37.0);
const CLIENT: Oid<'static> = oid!(1.3.6.1.5.5.7.3.2);
const SERVER: Oid<'static> = oid!(1.3.6.1.5.5.7.3.1);
