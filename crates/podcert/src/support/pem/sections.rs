//! The sections of a PEM file, found by their BEGIN and END lines. Nothing is decoded here, so that only the label of a key
//! is examined.

use super::Error;

/// One section.
pub(super) struct Section {
    /// Its label, for example `CERTIFICATE`.
    pub(super) label: String,
    /// Its non-blank lines.
    pub(super) text: Vec<u8>,
}

/// Each section in turn. Text outside of sections is skipped; it may be in any encoding.
pub(super) fn sections(file: &[u8]) -> impl Iterator<Item = Result<Section, Error>> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let mut lines = file.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii_end);
    std::iter::from_fn(move || {
        let begin = lines.find(|line| line.starts_with(BEGIN))?;
        Some(section(begin, &mut lines))
    })
}

fn section<'a>(begin: &[u8], lines: &mut impl Iterator<Item = &'a [u8]>) -> Result<Section, Error> {
    let label = begin.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES)).ok_or(Error::Garbled)?;
    let end = [END, label, DASHES].concat();
    let mut text = [begin, b"\n"].concat();
    for line in lines.filter(|line| !line.is_empty()) {
        if line.starts_with(BEGIN) {
            return Err(Error::CutOff);
        }
        text.extend_from_slice(line);
        text.push(b'\n');
        if line.starts_with(&end) {
            return Ok(Section { label: String::from_utf8_lossy(label).into_owned(), text });
        }
    }
    Err(Error::CutOff)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DASHES: &[u8] = b"-----";
const END: &[u8] = b"-----END ";
