//! Takes the tested OTP releases from `beam_mtls_dist.erl`, which refuses all others, into what `--version` prints.

const SOURCE: &str = "../../erlang/beam_mtls/src/beam_mtls_dist.erl";
const DEFINITION: &str = "-define(TESTED_RELEASES, [";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SOURCE}");
    let source = std::fs::read_to_string(SOURCE).expect("the sources of the shipped modules are in the tree");
    let releases =
        releases(&source).expect("beam_mtls_dist.erl defines TESTED_RELEASES as a list of strings");
    println!("cargo::rustc-env=BEAM_MTLS_TESTED_OTP={releases}");
}

/// As in `25, 27 and 29`.
fn releases(source: &str) -> Option<String> {
    let (_, list) = source.split_once(DEFINITION)?;
    let (list, _) = list.split_once(']')?;
    let release = |item: &str| Some(item.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned());
    let releases = list.split(',').map(release).collect::<Option<Vec<String>>>()?;
    let (last, others) = releases.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) })
}
