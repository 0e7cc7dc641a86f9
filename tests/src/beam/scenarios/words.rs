//! Whatever words a release's args file holds, a node reads in ours what it would have read there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use beam_mtls::flags::release_flags;
use libtest_mimic::Trial;
use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::on_each_otp;
use crate::beam::bench::Bench;
use crate::beam::erl::{Erl, control};
use crate::beam::otp::Otp;
use crate::beam::release::{Maker, Release};
use crate::beam::scene::{INSIDE, Scene};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("any word of an args file is carried whole", carried_whole),
            ("no word of an args file is evaluated", not_evaluated),
        ],
    )
}

fn carried_whole(scene: &mut Scene, otp: Otp) {
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
        fs::write(scene.path(name), text).expect("an args file");
        let mut command = scene.command(otp, "erl");
        // The control's own words come first; what is behind -extra comes last.
        command.args(control()).args(["-args_file", &format!("{INSIDE}/{name}")]);
        let mut erl = Erl::start(scene, name, command);
        erl.expect("[list_to_tuple(W) || W <- hd(element(2, init:get_argument(words)))]", &codes(&values));
        // OTP 25 adds two dashes.
        erl.expect("[list_to_tuple(W) || W <- init:get_plain_arguments(), W =/= \"--\"]", &codes(&extra));
    }
}

/// relx takes lines of the args file into its script, and lets a shell evaluate the name.
fn not_evaluated(scene: &mut Scene, otp: Otp) {
    let release = Release::make(scene, otp, Maker::Relx);
    let vm_args = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        release
            .write("releases/1.0.0/vm.args", &format!("-name shop@127.0.0.1\n-words {}\n", escaped(&words)));
    };
    let evaluated = || scene.path("evaluated").exists();
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

/// Words in an args file, in another way than ours: a backslash before each character.
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
