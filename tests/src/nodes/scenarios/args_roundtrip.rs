//! A node reads from our args file the same arguments as from the release's, whatever they contain.

use std::fs;
use std::path::Path;

use beam_mtls::flags::release_flags;
use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::erl::{Erl, control};
use crate::nodes::otp::Otp;
use crate::nodes::release::{Maker, Release};
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("any-word", EachOtp(carried_whole)),
    Scenario::new("never-evaluated", EachOtp(not_evaluated)),
];

fn carried_whole(bed: &mut TestBed, otp: Otp) {
    let mut runner = TestRunner::deterministic();
    let mut words = |is_one: fn(&String) -> bool| {
        let word = prop_oneof![HOSTILE, ANY].prop_filter("a word", is_one);
        vec(word, WORDS).new_tree(&mut runner).expect("words").current()
    };
    // A value that begins like a flag is one.
    let values = words(|word: &String| !word.starts_with(['-', '+']));
    let extra = words(|word: &String| word != "--");
    let theirs = format!("-words {}\n-extra {}\n", escaped(&values), escaped(&extra));
    let ours =
        release_flags::read(Path::new("vm.args"), &theirs, Path::new(""), Path::new("/none")).expect("flags");
    for (name, text) in [("theirs", theirs), ("ours", ours.lines.join("\n"))] {
        fs::write(bed.path(name), text).expect("an args file");
        let mut command = bed.command(otp, "erl");
        // The arguments of `control` come first; what follows -extra comes last.
        command.args(control()).args(["-args_file", &format!("{INSIDE}/{name}")]);
        let mut erl = Erl::start(bed, name, command);
        erl.expect("[list_to_tuple(W) || W <- hd(element(2, init:get_argument(words)))]", &codes(&values));
        // OTP 25 adds two dashes.
        erl.expect("[list_to_tuple(W) || W <- init:get_plain_arguments(), W =/= \"--\"]", &codes(&extra));
    }
}

/// relx takes lines of the args file into its script, and lets a shell evaluate the name.
fn not_evaluated(bed: &mut TestBed, otp: Otp) {
    let release = Release::make(bed, otp, Maker::Relx);
    let vm_args = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        release
            .write("releases/1.0.0/vm.args", &format!("-name shop@127.0.0.1\n-words {}\n", escaped(&words)));
    };
    let evaluated = || bed.path("evaluated").exists();
    let words = ["$(touch /mnt/evaluated)", "`touch /mnt/evaluated`", "'; touch /mnt/evaluated; '", "${IFS}"];
    vm_args(&words);
    let node = release.start();
    let value = format!("{{ok,[[{}]]}}", words.map(|word| format!("\"{word}\"")).join(","));
    node.expect([("init:get_argument(words)", value.as_str())]);
    assert!(!evaluated());
    drop(node);
    // To the script this is a second name, which it refuses; and to Erlang it would have been a value.
    vm_args(&["x\n-name $(touch /mnt/evaluated)"]);
    let mut process = release.launch();
    assert!(!process.wait().success() && !evaluated(), "{}", process.log().text());
}

/// Words in an args file, escaped differently than ours: a backslash before each character.
fn escaped(words: &[String]) -> String {
    let escaped = words.iter().map(|word| match word.is_empty() {
        true => "''".to_owned(),
        false => word.chars().flat_map(|c| ['\\', c]).collect(),
    });
    escaped.collect::<Vec<_>>().join(" ")
}

/// Words as tuples of code points.
fn codes(words: &[String]) -> String {
    let word = |word: &String| {
        let codes: Vec<String> = word.chars().map(|c| u32::from(c).to_string()).collect();
        format!("{{{}}}", codes.join(","))
    };
    format!("[{}]", words.iter().map(word).collect::<Vec<_>>().join(","))
}

const WORDS: usize = 200;

/// Words of what means something in an args file or to a shell.
const HOSTILE: &str = "[\"'\\\\# \n\r\t\u{b}\u{c}$`(){}\\[\\];,.*~%&|<>!?=a1+-]{0,20}";
/// Words of everything that a file can hold.
const ANY: &str = "[^\0]{0,20}";
