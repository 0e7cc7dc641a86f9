//! Launchers on disk, as they are found in images.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use podcert::diagnose::explain;

use super::*;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// The marks of a mix release called `shop`, whose script has a different name.
fn mix() -> TempDir {
    let root = directory();
    let script = "#!/bin/sh\nRELEASE_NAME=\"${RELEASE_NAME:-\"shop\"}\"\ncut releases/start_erl.data\necho $RELEASE_VM_ARGS\n";
    write(root.path(), "bin/app", script);
    write(root.path(), "releases/start_erl.data", "15.2 1.0.0");
    root
}

fn relx() -> TempDir {
    let root = directory();
    let script = "#!/bin/sh\nexport REL_NAME=\"shop\"\nREL_VSN=\"1\"\nVMARGS_PATH=x\n# remote_console\n";
    write(root.path(), "bin/shop", script);
    write(root.path(), "releases/start_erl.data", "15.2 1.0.0");
    root
}

fn launch(root: &Path, wanted: Option<Kind>, words: &[&str]) -> Result<Launch, Error> {
    let mut words = words.iter().map(|word| word.replace("ROOT", &root.display().to_string()));
    let program = words.next().expect("a program");
    let path = format!("{}/usr/bin:/usr/bin:/bin", root.display());
    let command = Command::find(program.into(), words.map(OsString::from).collect(), Some(path.as_ref()))
        .expect("a command");
    recognize(&command, wanted, &Environment::from([("PATH", path.as_str())]))
}

fn recognized(root: &Path, words: &[&str]) -> (Kind, Action) {
    let launch = launch(root, None, words).expect("a launch");
    (launch.kind, launch.action)
}

#[test]
fn the_commands_of_mix_are_known() {
    let root = mix();
    for (word, action) in [
        ("start", Action::Start),
        ("start_iex", Action::Start),
        ("remote", Action::Attach),
        ("rpc", Action::Attach),
        ("pid", Action::Attach),
        ("stop", Action::Attach),
        ("eval", Action::Offline),
        ("version", Action::Offline),
    ] {
        assert_eq!(recognized(root.path(), &["ROOT/bin/app", word]), (Kind::Mix, action), "{word}");
    }
    let error = launch(root.path(), None, &["ROOT/bin/app", "daemon_iex"]).expect_err("a daemon");
    assert!(explain(&error).contains("use `start_iex`"), "{error}");
}

#[test]
fn the_commands_of_relx_are_known() {
    let root = relx();
    for (word, action) in [
        ("foreground", Action::Start),
        ("console", Action::Start),
        ("remote_console", Action::Attach),
        ("eval", Action::Attach),
        ("ping", Action::Attach),
        ("help", Action::Offline),
    ] {
        assert_eq!(recognized(root.path(), &["ROOT/bin/shop", word]), (Kind::Relx, action), "{word}");
    }
    let error = launch(root.path(), None, &["ROOT/bin/shop", "daemon"]).expect_err("a daemon");
    assert!(explain(&error).contains("use `foreground`"), "{error}");
}

#[test]
fn wrappers_are_looked_through() {
    let root = mix();
    write(
        root.path(),
        "bin/server",
        "#!/bin/sh\nset -eu\ncd -P -- \"$(dirname -- \"$0\")\"\nPHX_SERVER=true exec ./app start\n",
    );
    write(
        root.path(),
        "bin/migrate",
        "#!/bin/sh\n# not ./app start\nexec \"$(dirname \"$0\")/app\" eval Shop.migrate\n",
    );
    write(
        root.path(),
        "entry/point.sh",
        &format!("#!/bin/sh\nexec {}/bin/server \"$@\"\n", root.path().display()),
    );
    write(root.path(), "usr/bin/tini", "\u{7f}ELF");
    for words in [
        &["ROOT/bin/server"][..],
        &["ROOT/entry/point.sh"],
        &["tini", "-g", "--", "ROOT/bin/app", "start"],
        &["sh", "-c", "exec ROOT/bin/app start"],
    ] {
        assert_eq!(recognized(root.path(), words), (Kind::Mix, Action::Start), "{words:?}");
    }
    assert_eq!(recognized(root.path(), &["ROOT/bin/migrate"]), (Kind::Mix, Action::Offline));
}

/// If a start is mistaken for something else, only these variables prevent plain text.
#[test]
fn what_could_start_a_node_is_taken_for_a_start() {
    for script in [
        "exec ROOT/bin/app \"$@\"",
        "exec ROOT/bin/app $1",
        "exec ROOT/bin/app ${CMD:-start}",
        "[ -x ROOT/bin/app ] || exit 1\nexec ROOT/bin/app $@",
        "chmod +x ROOT/bin/app; cd ROOT; bin/$APP start",
        "APP=ROOT/bin/app\nexec $APP start",
        "ROOT/bin/app eval Shop.migrate && exec ROOT/bin/app start",
        "ROOT/bin/app eval Shop.migrate\nexec ROOT/bin/server",
        "trap 'ROOT/bin/app stop' TERM\nROOT/bin/app start",
    ] {
        for root in [mix(), relx()] {
            let name = if root.path().join("bin/app").exists() { "app" } else { "shop" };
            let word = if name == "app" { "start" } else { "foreground" };
            let text = script
                .replace("ROOT", &root.path().display().to_string())
                .replace("bin/app", &format!("bin/{name}"))
                .replace("start", word);
            write(root.path(), "bin/server", &format!("#!/bin/sh\nexec ./{name} {word}\n"));
            write(root.path(), "entry.sh", &format!("#!/bin/sh\n{text}\n"));
            for words in [
                &["ROOT/entry.sh", word][..],
                &["sh", "-ec", &text, "sh", word],
                &["bash", "-lc", &text, "-", word],
            ] {
                assert_eq!(recognized(root.path(), words).1, Action::Start, "{words:?} with {text}");
            }
        }
    }
}

#[test]
fn arguments_are_passed_on() {
    let root = mix();
    write(root.path(), "entry.sh", "#!/bin/sh\nexec bin/app \"$@\"\n");
    assert_eq!(recognized(root.path(), &["ROOT/entry.sh", "eval", "1"]), (Kind::Mix, Action::Offline));
    assert_eq!(recognized(root.path(), &["ROOT/entry.sh", "rpc", "1"]), (Kind::Mix, Action::Attach));
}

#[test]
fn scripts_that_call_each_other_end_somewhere() {
    let root = directory();
    write(root.path(), "a", "#!/bin/sh\nexec ./b\n");
    write(root.path(), "b", "#!/bin/sh\nexec ./a\n");
    assert_eq!(recognized(root.path(), &["ROOT/a"]), (Kind::Other, Action::Start));
}

/// Each of them leads to both ten times, with more arguments each time.
#[test]
fn scripts_that_call_each_other_often_end_soon() {
    let root = mix();
    let script = format!("#!/bin/sh\n{}", "./a \"$@\"; ./b $X \"$@\"\n".repeat(10));
    write(root.path(), "bin/a", &script);
    write(root.path(), "bin/b", &format!("{script}./app eval 1\n"));
    let begin = std::time::Instant::now();
    assert_eq!(recognized(root.path(), &["ROOT/bin/a"]), (Kind::Mix, Action::Start));
    assert!(begin.elapsed() < std::time::Duration::from_secs(30), "{:?}", begin.elapsed());
}

#[test]
fn installed_programs_are_known_by_what_is_beside_them() {
    let root = directory();
    write(root.path(), "otp/bin/erl", "#!/bin/sh\n");
    assert_eq!(recognized(root.path(), &["ROOT/otp/bin/erl"]).0, Kind::Other);
    write(root.path(), "otp/bin/start_clean.boot", "");
    assert_eq!(recognized(root.path(), &["ROOT/otp/bin/erl", "-noinput"]), (Kind::Erl, Action::Start));
    assert_eq!(
        recognized(root.path(), &["ROOT/otp/bin/erl", "-remsh", "a@b.c"]),
        (Kind::Erl, Action::Attach)
    );
    assert_eq!(
        recognized(root.path(), &["ROOT/otp/bin/erl", "-extra", "-remsh"]),
        (Kind::Erl, Action::Start)
    );
    write(root.path(), "elixir/bin/iex", "#!/bin/sh\n");
    write(root.path(), "elixir/lib/elixir/ebin/elixir.app", "");
    assert_eq!(recognized(root.path(), &["ROOT/elixir/bin/iex"]), (Kind::Elixir, Action::Start));
}

#[test]
fn a_shipment_is_known_by_its_packages() {
    let root = directory();
    write(
        root.path(),
        "start.sh",
        "#!/bin/sh\nrun() {\n  exec erl \\\n    -pa \"$BASE\"/*/ebin \\\n -noshell\n}\n",
    );
    assert_eq!(recognized(root.path(), &["ROOT/start.sh", "run"]).0, Kind::Other);
    fs::create_dir_all(root.path().join("shop/ebin")).expect("a directory");
    assert_eq!(recognized(root.path(), &["ROOT/start.sh", "run"]), (Kind::Gleam, Action::Start));
}

#[test]
fn a_setting_comes_before_what_is_on_disk() {
    let root = mix();
    let found = launch(root.path(), Some(Kind::None), &["ROOT/bin/app", "daemon"]).expect("a launch");
    assert_eq!((found.kind, found.action, found.release), (Kind::None, Action::Start, None));
    write(root.path(), "bin/other", "#!/bin/sh\n");
    let found = launch(root.path(), Some(Kind::Relx), &["ROOT/bin/other", "ping"]).expect("a launch");
    assert_eq!((found.kind, found.action), (Kind::Relx, Action::Attach));
    write(root.path(), "bin/server", "#!/bin/sh\nexec ./app start\n");
    let found = launch(root.path(), Some(Kind::Mix), &["ROOT/bin/server"]).expect("a launch");
    assert_eq!((found.kind, found.action), (Kind::Mix, Action::Start));
    assert!(matches!(launch(root.path(), Some(Kind::Mix), &["sh"]), Err(Error::NoRelease(_))));
}

#[test]
fn a_release_names_its_node() {
    let root = mix();
    let launch = launch(root.path(), None, &["ROOT/bin/app", "start"]).expect("a launch");
    let named = |variables: Environment| launch.name(None, &variables);
    assert_eq!(named(Environment::from([])).base, "shop".parse().ok());
    let whole = named(Environment::from([("RELEASE_NODE", "till@10.0.0.1")]));
    assert_eq!((whole.base, whole.host), ("till".parse().ok(), "10.0.0.1".parse().ok()));
    let short = named(Environment::from([("RELEASE_NODE", "till@localhost")]));
    assert_eq!((short.base, short.host), ("till".parse().ok(), None));
}

/// A script whose first call is not all that it does. `CMD` is what the script is run with.
#[test]
fn a_script_is_offline_only_when_nothing_in_it_can_be_a_start() {
    let root = mix();
    write(root.path(), "bin/server", "#!/bin/sh\nexec ./app start\n");
    write(root.path(), "bin/any", "#!/bin/sh\nexec $COMMAND\n");
    write(root.path(), "bin/all", "#!/bin/sh\nexec \"$@\"\n");
    write(root.path(), "bin/common.sh", "run() { $1; }\n");
    write(root.path(), "usr/bin/erl", "#!/bin/sh\n");
    write(root.path(), "usr/bin/start_clean.boot", "");
    write(root.path(), "usr/bin/tini", "\u{7f}ELF");
    write(
        root.path(),
        "usr/bin/serve",
        "#!/bin/sh\nexec ROOT/bin/app start\n".replace("ROOT", &root.path().display().to_string()).as_str(),
    );
    let start = ["ROOT/bin/app", "start"].as_slice();
    let eval = ["ROOT/bin/app", "eval", "Shop.other"].as_slice();
    for (script, command, action) in [
        // The script's arguments.
        ("exec \"$@\"", start, Action::Start),
        ("exec $@", start, Action::Start),
        ("exec $*", start, Action::Start),
        ("exec \"$*\"", start, Action::Start),
        ("exec ${1+\"$@\"}", start, Action::Start),
        ("exec ${1:+\"$@\"}", start, Action::Start),
        ("exec \"${@}\"", start, Action::Start),
        ("exec \"${@:1}\"", start, Action::Start),
        ("\"$@\"", start, Action::Start),
        ("\"$1\" \"$2\"", start, Action::Start),
        ("if [ \"$1\" ]; then exec \"$@\"; fi", start, Action::Start),
        ("main() {\n  exec \"$@\"\n}\nmain \"$@\"", start, Action::Start),
        ("exec \"$@\"", eval, Action::Offline),
        ("exec tini -- \"$@\"", eval, Action::Offline),
        ("exec \"$RUNNER\" \"$@\"", eval, Action::Offline),
        ("exec \"$@\"", &[], Action::Offline),
        ("exec \"$@\"", &["nginx"], Action::Start),
        ("exec \"$@\"", &["serve"], Action::Start),
        ("exec \"$@\"", &["erl", "-noinput"], Action::Start),
        ("exec \"$@\"", &["sh", "-c", "exec $COMMAND"], Action::Start),
        ("shift\nexec \"$@\"", &["migrate", "ROOT/bin/app", "start"], Action::Start),
        // Behind what runs them.
        ("exec setpriv --reuid=1000 --clear-groups \"$@\"", start, Action::Start),
        ("exec gosu app \"$@\"", start, Action::Start),
        ("exec su-exec app:app \"$@\"", start, Action::Start),
        ("exec tini -g -- \"$@\"", start, Action::Start),
        ("exec dumb-init -- \"$@\"", start, Action::Start),
        ("exec env A=1 \"$@\"", start, Action::Start),
        ("exec some-vault exec -- \"$@\"", start, Action::Start),
        ("su app -c \"exec $*\"", start, Action::Start),
        ("exec ./all \"$@\"", start, Action::Start),
        ("exec ./all \"$@\"", eval, Action::Offline),
        ("exec ./all $COMMAND", eval, Action::Start),
        // Variables.
        ("exec $COMMAND", &[], Action::Start),
        ("exec \"$COMMAND\"", &[], Action::Start),
        ("exec ${COMMAND:-ROOT/none}", &[], Action::Start),
        ("A=1 $COMMAND", &[], Action::Start),
        ("exec gosu app $COMMAND", &[], Action::Start),
        ("exec setpriv --reuid 1 $COMMAND", &[], Action::Start),
        ("exec su-exec app $COMMAND", &[], Action::Start),
        ("exec tini -- $COMMAND", &[], Action::Start),
        ("sh -c \"$COMMAND\"", &[], Action::Start),
        ("sh -c 'exec $COMMAND'", &[], Action::Start),
        ("eval \"$COMMAND\"", &[], Action::Start),
        ("$(cat command)", &[], Action::Start),
        ("`cat command`", &[], Action::Start),
        ("X=$($COMMAND)", &[], Action::Start),
        ("set -- $COMMAND\nexec \"$@\"", &[], Action::Start),
        (". ./common.sh\nrun $COMMAND", &[], Action::Start),
        (". \"$SETTINGS\"", &[], Action::Start),
        ("./any", &[], Action::Start),
        ("cat <<X\nit's\nX\nexec $COMMAND", &[], Action::Start),
        // Names in PATH.
        ("exec erl -noinput", &[], Action::Start),
        ("exec gosu app erl -noinput", &[], Action::Start),
        ("exec serve", &[], Action::Start),
        // What is not understood.
        ("echo 'open", &[], Action::Start),
        // What starts nothing.
        ("echo \"$@\" $COMMAND", start, Action::Offline),
        ("cd -P -- \"$(dirname -- \"$0\")\"", &[], Action::Offline),
        ("pg_isready -h \"$DB_HOST\" -p ${DB_PORT:-5432}", &[], Action::Offline),
        ("set -eu; if [ -z \"$1\" ]; then echo \"$0: $1\" >&2; fi", start, Action::Offline),
        ("case \"$1\" in\n  \"$A\") echo a ;;\nesac", start, Action::Offline),
        ("for i in $LIST; do mkdir -p \"$i\"; done", &[], Action::Offline),
        ("export A=\"$B\"; A=$B; [[ $A && $B ]] && echo", &[], Action::Offline),
        ("# exec \"$@\"", start, Action::Offline),
        ("which sh", &[], Action::Offline),
    ] {
        let here = root.path().display().to_string();
        let text = format!("ROOT/bin/app eval Shop.migrate\n{script}\n").replace("ROOT", &here);
        write(root.path(), "bin/entry.sh", &format!("#!/bin/sh\n{text}"));
        let words = [&["ROOT/bin/entry.sh"], command].concat();
        assert_eq!(recognized(root.path(), &words).1, action, "{script} with {command:?}");
        let words = [&["sh", "-c", &text, "sh"], command].concat();
        // Its relative paths begin elsewhere.
        if !script.contains("./") {
            assert_eq!(recognized(root.path(), &words).1, action, "sh -c {script} with {command:?}");
        }
    }
}

#[test]
fn a_wrapper_that_only_runs_its_arguments_is_what_they_are() {
    let root = mix();
    write(root.path(), "wait.sh", "#!/bin/bash\nCLI=(\"$@\")\n$PROBE || exit 1\nexec \"${CLI[@]}\"\n");
    write(root.path(), "other.py", "#!/usr/bin/python3\nos.execvp(sys.argv[1], sys.argv[1:])\n");
    for wrapper in ["ROOT/wait.sh", "ROOT/other.py"] {
        for (word, action) in [("start", Action::Start), ("eval", Action::Offline), ("rpc", Action::Attach)] {
            let words = [wrapper, "--", "ROOT/bin/app", word];
            assert_eq!(recognized(root.path(), &words), (Kind::Mix, action), "{words:?}");
        }
    }
    // Programs in other languages are not understood.
    let text = format!("#!/usr/bin/python3\nrun(['{}/bin/app', 'eval', '1'])\n", root.path().display());
    write(root.path(), "other.py", &text);
    assert_eq!(recognized(root.path(), &["ROOT/other.py"]), (Kind::Mix, Action::Start));
}
