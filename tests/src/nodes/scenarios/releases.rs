//! Releases of mix and rebar3 with real-world args files: the node has our settings and the release's flags.

use super::Needs::EachOtp;
use super::Scenario;
use super::plain_text::listeners_until_end;
use crate::nodes::node::COOKIE;
use crate::nodes::otp::Otp;
use crate::nodes::release::{Maker, Release};
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("mix", EachOtp(mix)),
    Scenario::new("relx", EachOtp(relx)),
    Scenario::new("migrates-first", EachOtp(migrates_first)),
    Scenario::new("harmless-env-sh", EachOtp(harmless)),
    Scenario::new("variables", EachOtp(variables)),
    Scenario::new("tcp-in-erl-aflags", EachOtp(|bed, otp| plain_text(bed, otp, "ERL_AFLAGS"))),
    Scenario::new("tcp-in-erl-flags", EachOtp(|bed, otp| plain_text(bed, otp, "ERL_FLAGS"))),
    Scenario::new(
        "tcp-in-elixir-erl-options",
        EachOtp(|bed, otp| plain_text(bed, otp, "ELIXIR_ERL_OPTIONS")),
    ),
    // Making a release takes longer than starting it, so one release is started with many args files.
    Scenario::new("args-files", EachOtp(others)),
];

/// What the tool wrote.
fn mix(bed: &mut TestBed, otp: Otp) {
    let release = Release::make(bed, otp, Maker::Mix);
    expect_good(&release, "shop", &[]);
}

fn relx(bed: &mut TestBed, otp: Otp) {
    let release = Release::make(bed, otp, Maker::Relx);
    expect_good(&release, "shop", &[]);
}

/// The script's own call needs no distribution, and what it becomes is a node.
fn migrates_first(bed: &mut TestBed, otp: Otp) {
    let script = "#!/bin/sh\nset -e\n/mnt/release/bin/shop eval ':migrated |> IO.inspect()'\nexec setpriv --no-new-privs \"$@\"\n";
    let release = Release::make(bed, otp, Maker::Mix).entrypoint("entry.sh", script);
    expect_good(&release, "shop", &[]);
}

fn others(bed: &mut TestBed, otp: Otp) {
    let release = Release::make(bed, otp, Maker::Relx);
    release.write("included.args", include_str!("../../../../crates/beam-mtls/tests/vm_args/included.args"));
    for (text, base, facts) in ARGS_FILES {
        release.write("releases/1.0.0/vm.args", text);
        expect_good(&release, base, facts);
    }
}

/// Asserts that a node of the release has our name, cookie and TLS distribution, and the release's own settings.
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

/// They are added to ours, or replace them.
fn harmless(bed: &mut TestBed, otp: Otp) {
    let release = Release::make(bed, otp, Maker::Mix);
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

/// beam-mtls expands them as the release's own script does.
fn variables(bed: &mut TestBed, otp: Otp) {
    let mut release = Release::make(bed, otp, Maker::Relx);
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

/// In a variable that the start script of mix leaves to the user. Whether it is TLS that counts in the end depends on the release and on the variable's place.
fn plain_text(bed: &mut TestBed, otp: Otp, variable: &str) {
    let release = Release::make(bed, otp, Maker::Mix);
    let (env_sh, set) = ("releases/1.0.0/env.sh", format!("export {variable}='-proto_dist inet_tcp'\n"));
    let named = format!("-proto_dist inet_tcp in {variable}, set in /mnt/release/{env_sh}:1");
    // As a script that cannot be read beforehand.
    release.write(env_sh, &format!("eval \"{set}\""));
    if otp.release() != "25" && variable == "ERL_FLAGS" {
        // Erlang takes the first of several flags, which is ours.
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

/// In the error of the trap. A warning about the doubled flag may break the line after it.
const TRAPPED: &str = "beam_mtls=>only_TLS_distribution_";

/// What users write, and what could be read differently than the script reads it.
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
/// Those of the args file, without the two dashes that OTP adds and the script's command.
const WORDS: &str = "[Word || Word <- init:get_plain_arguments(), Word =/= \"--\", Word =/= \"foreground\"]";
