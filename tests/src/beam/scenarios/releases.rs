//! Releases as mix and rebar3 make them, with args files as they are found: the node is ours, and has their flags.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::plain_text::listeners_until_end;
use super::{on_each_otp, trial};
use crate::beam::bench::Bench;
use crate::beam::node::COOKIE;
use crate::beam::otp::Otp;
use crate::beam::release::{Maker, Release};
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = on_each_otp(
        bench,
        &[
            ("a release of mix with its own args file", mix),
            ("a release of relx with its own args file", relx),
            ("env.sh with flags that do no harm", harmless),
        ],
    );
    for otp in Otp::ALL {
        for variable in VARIABLES {
            let name = format!("{otp}/env.sh that asks for TCP in {variable}");
            trials.push(trial(bench, name, move |scene| plain_text(scene, otp, variable)));
        }
    }
    // To make a release and to start it is soon done; many args files for one release are sooner done.
    trials.extend(on_each_otp(bench, &[("args files of other releases", others)]));
    trials
}

/// What the tool wrote.
fn mix(scene: &mut Scene, otp: Otp) {
    let release = Release::make(scene, otp, Maker::Mix);
    expect_good(&release, "shop", &[]);
}

fn relx(scene: &mut Scene, otp: Otp) {
    let release = Release::make(scene, otp, Maker::Relx);
    expect_good(&release, "shop", &[]);
}

fn others(scene: &mut Scene, otp: Otp) {
    let release = Release::make(scene, otp, Maker::Relx);
    release.write("included.args", include_str!("../../../../crates/beam-mtls/tests/vm_args/included.args"));
    for (text, base, facts) in ARGS_FILES {
        release.write("releases/1.0.0/vm.args", text);
        expect_good(&release, base, facts);
    }
}

/// A node of the release has our name, our cookie and our carrier, and these facts are the release's own.
fn expect_good(release: &Release<'_>, base: &str, facts: &[(&str, &str)]) {
    let node = release.start();
    node.expect_tls_alone(base);
    let (base, cookie) = (format!("\"{base}\""), format!("'{COOKIE}'"));
    let ours = [
        ("hd(string:split(atom_to_list(node()), \"@\"))", base.as_str()),
        ("erlang:get_cookie()", &cookie),
        ("hd(element(2, init:get_argument(proto_dist)))", "[\"inet_tls\"]"),
    ];
    node.expect(ours.into_iter().chain(facts.iter().copied()));
}

/// They are added to ours, or take the place of ours.
fn harmless(scene: &mut Scene, otp: Otp) {
    let release = Release::make(scene, otp, Maker::Mix);
    release.write(
        "releases/1.0.0/env.sh",
        "export ERL_AFLAGS='-shop a 1' ERL_FLAGS='-shop b 2' ELIXIR_ERL_OPTIONS='+P 524288 -shop c 3'\n\
         export ERL_ZFLAGS=\"$ERL_ZFLAGS -shop d 4\"\n",
    );
    let facts = [
        ("erlang:system_info(process_limit)", "524288"),
        ("lists:sort(application:get_all_env(shop))", "[{a,1},{b,2},{c,3},{d,4}]"),
    ];
    expect_good(&release, "shop", &facts);
}

/// Whether it is TLS that counts in the end depends on the release and on the variable's place.
fn plain_text(scene: &mut Scene, otp: Otp, variable: &str) {
    let release = Release::make(scene, otp, Maker::Mix);
    release.write("releases/1.0.0/env.sh", &format!("export {variable}='-proto_dist inet_tcp'\n"));
    if otp.release() != "25" && variable == "ERL_FLAGS" {
        // Of several the first counts, and it stands behind ours.
        return expect_good(&release, "shop", &[]);
    }
    let mut process = release.launch();
    let heard = listeners_until_end(&mut process);
    let log = process.log_to_end();
    assert_eq!(heard, Vec::<String>::new(), "it has listened");
    assert!(!process.wait().success() && log.contains("only_TLS_distribution_may_listen_here"), "{log}");
}

/// Those that the start script of mix leaves to the user.
const VARIABLES: [&str; 3] = ["ERL_AFLAGS", "ERL_FLAGS", "ELIXIR_ERL_OPTIONS"];

/// An expression, and what it evaluates to.
type Fact = (&'static str, &'static str);

/// An args file, the base name that it leads to, and what else it says.
const ARGS_FILES: [(&str, &str, &[Fact]); 5] = [
    (include_str!("../../../../crates/beam-mtls/tests/vm_args/rebar3.args"), "shop", &[]),
    (
        include_str!("../../../../crates/beam-mtls/tests/vm_args/emqx.args"),
        "emqx",
        &[
            (PROCESSES, "2097152"),
            (PORTS, "1048576"),
            ("application:get_env(kernel, net_ticktime)", "{ok,120}"),
            ("os:getenv(\"ERL_FULLSWEEP_AFTER\")", "\"1000\""),
            ("init:get_argument(shutdown_time)", "{ok,[[\"30000\"]]}"),
        ],
    ),
    (
        include_str!("../../../../crates/beam-mtls/tests/vm_args/couchdb.args"),
        "couchdb",
        &[
            ("application:get_env(kernel, prevent_overlapping_partitions)", "{ok,false}"),
            ("application:get_env(ssl, session_lifetime)", "{ok,300}"),
        ],
    ),
    (
        include_str!("../../../../crates/beam-mtls/tests/vm_args/includes.args"),
        "shop",
        &[
            (PROCESSES, "524288"),
            (PORTS, "32768"),
            (SHOP, "[{place,\"in between\"}]"),
            (WORDS, "[\"one\",\"two\"]"),
        ],
    ),
    (
        include_str!("../../../../crates/beam-mtls/tests/vm_args/quotes.args"),
        "shop",
        &[
            (PROCESSES, "262144"),
            ("application:get_env(kernel, net_ticktime)", "{ok,40}"),
            ("os:getenv(\"GREETING\")", "\"say \\\"hello # world\\\"\""),
            ("os:getenv(\"TWO WORDS\")", "\"yes\""),
            (SHOP, "[{empty,[]},{greeting,\"it's # no comment\"},{list,[1,2]},{path,\"/var/lib/$(id) {}\"}]"),
            ("init:get_argument(words)", "{ok,[[[],[],\"a\\nb\"]]}"),
            (WORDS, "[\"start\",\"two words\",\"#5\",\"-name\",\"other@127.0.0.1\"]"),
        ],
    ),
];

const PROCESSES: &str = "erlang:system_info(process_limit)";
const PORTS: &str = "erlang:system_info(port_limit)";
const SHOP: &str = "lists:sort(application:get_all_env(shop))";
/// Those of the args file: OTP adds two dashes, and the script what it was told.
const WORDS: &str = "[Word || Word <- init:get_plain_arguments(), Word =/= \"--\", Word =/= \"foreground\"]";
