//! No text can break out of the Erlang that we render: whatever directories and URIs are called, OTP reads back one
//! expression with the very strings that went in.

use std::fmt::Write;
use std::fs;

use beam_mtls::artifacts::render::{Options, render};
use beam_mtls::distribution::AddressFamily;
use beam_mtls::distribution::NodeName;
use beam_mtls::distribution::TlsVersion;
use beam_mtls::support::plain_path::PlainPath;
use podcert::names::Uri;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::erl::{Erl, control};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("read-back", EachOtp(read_back))];

fn read_back(bed: &mut TestBed, otp: Otp) {
    let directory = bed.make_directory("rendered");
    let mut runner = TestRunner::deterministic();
    let certificates = prop_oneof![any::<String>(), HOSTILE.prop_map(|text: String| text)];
    let peers = vec(URI_LIKE, 0..4);
    for case in 0..CASES {
        let certificates = certificates.new_tree(&mut runner).expect("a text").current();
        let peers = peers.new_tree(&mut runner).expect("URIs").current();
        let peers: Vec<Uri> = peers.iter().filter_map(|peer| peer.parse().ok()).collect();
        let plain = format!("/run/{case}:a,b+c=d@e-f_g.h").parse::<PlainPath>().expect("a plain path");
        let (conf, strings) = rendered(&certificates, &plain, &peers);
        fs::write(directory.join(format!("{case}.conf")), conf).expect("a file");
        fs::write(directory.join(format!("{case}.expected")), strings).expect("a file");
    }
    fs::write(bed.path("read_back.erl"), SOURCE).expect("a source");
    let mut command = bed.command(otp, "erl");
    command.args(["-pa", INSIDE]).args(control());
    let mut erl = Erl::start(bed, "reader", command);
    erl.expect(
        &format!("compile:file(\"{INSIDE}/read_back\", [{{outdir, \"{INSIDE}\"}}])"),
        "{ok,read_back}",
    );
    erl.expect(&format!("read_back:differences(\"{INSIDE}/rendered\")"), "[]");
    erl.expect(&format!("length(filelib:wildcard(\"{INSIDE}/rendered/*.conf\"))"), &CASES.to_string());
    // It can find a difference.
    fs::write(directory.join("0.expected"), "ff").expect("a file");
    erl.expect(&format!("length(read_back:differences(\"{INSIDE}/rendered\"))"), "1");
}

/// The option file, and the strings in it, each as a line of hexadecimal code points.
fn rendered(certificates: &str, directory: &PlainPath, peers: &[Uri]) -> (Vec<u8>, String) {
    let name = "app@10.0.0.1".parse::<NodeName>().expect("a name");
    let files = render(&Options {
        allowed_releases: &["28".parse().expect("a release")],
        certificates,
        directory,
        epmd: false,
        family: AddressFamily::Inet,
        interface: None,
        is_named_by_launcher: false,
        name: &name,
        release_flags: &[],
        peers,
        port: 9100,
        tls_versions: &[TlsVersion::V1_3],
    });
    let files = files.expect("rendered files");
    let (_, conf) = files.into_iter().find(|(name, _)| name == "ssl_dist.conf").expect("the option file");
    let modules = format!("{directory}/");
    let file = |name: &str| format!("{certificates}/{name}");
    let strings =
        [modules, name.to_string(), "28".to_owned()].into_iter().chain(peers.iter().map(ToString::to_string));
    let strings = strings.chain(["ca.crt", "tls.crt", "tls.key"].map(file));
    (conf, strings.map(|text| in_hexadecimal(&text) + "\n").collect())
}

fn in_hexadecimal(text: &str) -> String {
    text.chars().fold(String::new(), |mut all, c| {
        // Writing to a string does not fail.
        let _ = write!(all, "{:x} ", u32::from(c));
        all
    })
}

const CASES: usize = 500;

/// Texts of what means something in Erlang, and around its strings.
const HOSTILE: &str =
    "[\"\\\\{}()\\[\\],.;%$'~#\\n\\r\\t\\x00\\x7f\\u{80}\\u{a0}\\u{2028}\\u{10ffff}a1 ]{0,40}";
const URI_LIKE: &str = "[a-z]{1,6}:[a-zA-Z0-9/%&()*+,;=!$@?#.~\\[\\]\"'\\\\{} -]{1,20}";

const SOURCE: &str = include_str!("../../../erlang/read_back.erl");
