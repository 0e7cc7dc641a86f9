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
            ("an entrypoint that migrates first", migrates_first),
            ("env.sh with flags that do no harm", harmless),
            ("variables in vm.args.src", variables),
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

/// The script's own call needs no distribution, and what it becomes is a node.
fn migrates_first(scene: &mut Scene, otp: Otp) {
    let script = "#!/bin/sh\nset -e\n/mnt/release/bin/shop eval ':migrated |> IO.inspect()'\nexec setpriv --no-new-privs \"$@\"\n";
    let release = Release::make(scene, otp, Maker::Mix).entrypoint("entry.sh", script);
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

/// They become what the release's own script makes of them.
fn variables(scene: &mut Scene, otp: Otp) {
    let mut release = Release::make(scene, otp, Maker::Relx);
    for (name, value) in [
        ("PLACE", "x.y"),
        ("AMPERSANDS", "a&b&&c"),
        ("NESTED", "<${PLACE}>"),
        ("EMPTY", ""),
        // The script does not ask for these.
        ("REL_NAME", "mine"),
        ("ROOTDIR", "/elsewhere"),
        ("RELEASE_VSN", "9"),
        ("EMU", "x"),
        ("RELEASE_ROOT_DIR", "/elsewhere"),
        ("REL_DIR", "/elsewhere"),
        ("ERTS_VSN", "1"),
        ("SCRIPT_DIR", "/elsewhere"),
        ("SYSTEM_LIB_DIR", "/elsewhere"),
        ("ESCRIPT_NAME", ""),
    ] {
        release = release.variable(name, value);
    }
    release.write("releases/1.0.0/vm.args.src", VARIABLES_OF_RELX);
    let own = release.own_vm_args();
    assert!(own.contains("-env ERL_CRASH_DUMP /mnt/release/log/shop.dump\n"), "{own}");
    let facts = [
        ("os:getenv(\"ERL_CRASH_DUMP\")", "\"/mnt/release/log/shop.dump\""),
        ("os:getenv(\"DEFAULTS\")", "\"b/{127,0,0,1}//b:-c/-x\""),
    ];
    expect_good(&release, "shop", &facts);
    let ours = release.rendered_vm_args();
    std::fs::remove_file(release.path("releases/1.0.0/vm.args.src")).expect("removed");
    release.write("releases/1.0.0/vm.args", &own);
    expect_good(&release, "shop", &facts);
    assert_eq!(ours, release.rendered_vm_args(), "relx's script made of it\n{own}");
}

/// Whether it is TLS that counts in the end depends on the release and on the variable's place.
fn plain_text(scene: &mut Scene, otp: Otp, variable: &str) {
    let release = Release::make(scene, otp, Maker::Mix);
    let (env_sh, set) = ("releases/1.0.0/env.sh", format!("export {variable}='-proto_dist inet_tcp'\n"));
    let named = format!("-proto_dist inet_tcp in {variable}, set in /mnt/release/{env_sh}:1");
    // As a script that cannot be read beforehand.
    release.write(env_sh, &format!("eval \"{set}\""));
    if otp.release() != "25" && variable == "ERL_FLAGS" {
        // Of several the first counts, and it stands behind ours.
        return expect_good(&release, "shop", &[]);
    }
    let mut process = release.launch();
    let heard = listeners_until_end(&mut process);
    let log = process.log_to_end();
    assert_eq!(heard, Vec::<String>::new(), "it has listened");
    assert!(!process.wait().success() && log.contains(TRAPPED), "{log}");
    assert!(!log.contains(&named), "{log}");

    // Literally: what ends the node is an error before, which names variable, script and line.
    release.write(env_sh, &set);
    let mut process = release.launch();
    let log = process.log_to_end();
    let is_refused = process.wait().code() == Some(78);
    assert!(log.contains(&named), "{log}");
    assert_eq!(is_refused, variable != "ERL_FLAGS", "{log}");
    assert_ne!(is_refused, log.contains(TRAPPED), "{log}");
}

/// In the error of the trap. A warning about the flag that is there twice may break the line behind it.
const TRAPPED: &str = "beam_mtls=>only_TLS_distribution_";

/// Those that the start script of mix leaves to the user.
const VARIABLES: [&str; 3] = ["ERL_AFLAGS", "ERL_FLAGS", "ELIXIR_ERL_OPTIONS"];

/// What people write, and what may be taken in another way than the script takes it.
const VARIABLES_OF_RELX: &str = r#"## It is for ${REL_NAME}, and ${this is not closed
-name ${REL_NAME}@${PLACE:-none}
-env ERL_CRASH_DUMP ${ROOTDIR}/log/${RELEASE_NAME}.dump
-env OTP "${BINDIR} ${EMU} ${PROGNAME} ${LD_LIBRARY_PATH}"
-env SCRIPT "${RELEASE_PROG} ${ESCRIPT_NAME} ${RELEASE_VSN} ${RELX_RPC_TIMEOUT} ${TERM} ${RUN_ERL_DISABLE_FLOWCNTRL}"
-env NOT_PASSED_ON "${RELEASE_ROOT_DIR} ${REL_DIR} ${REL_VSN} ${ERTS_VSN} ${RUNNER_LOG_DIR} ${SCRIPT} ${SCRIPT_DIR}"
-env OTP_NOT_PASSED_ON "${ERTS_DIR} ${SYSTEM_LIB_DIR}"
-env DEFAULTS ${A:-b}/${A:-{127,0,0,1}}/${A:-}/${A:-b:-c}/${A:--x}
-env VALUES "${PLACE}${PLACE} ${AMPERSANDS} ${NESTED} ${EMPTY}. ${EMPTY:-full} ${NOBODY}."
-env NOT_ONES "$PLACE {${PLACE}} $${PLACE} ${PLACE}} ${PLACE-x} ${PLACE:=x} ${ PLACE } ${open"
"#;

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
