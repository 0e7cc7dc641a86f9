//! Which peers the nodes of `examples/erlang` see, according to their logs.

use std::collections::BTreeMap;

use serde_json::Value;

/// The last view of each pod, if each of the given number of pods sees all others. `logs` is the output of
/// `kubectl logs --prefix`.
pub fn complete(logs: &str, pods: usize) -> Option<Vec<&str>> {
    let views: BTreeMap<_, _> = logs.lines().filter_map(|line| line.split_once("] view ")).collect();
    let sees_all = |view: &&str| {
        let view: Value = serde_json::from_str(view).unwrap_or_default();
        view["peers"].as_array().is_some_and(|peers| peers.len() + 1 == pods)
    };
    (views.len() == pods && views.values().all(sees_all)).then(|| views.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_complete_if_the_last_one_of_each_pod_has_all_others() {
        let one = "[pod/a-0/app] view {\"node\":\"a\",\"peers\":[]}\n[pod/a-0/app] other\n";
        assert_eq!(complete(one, 2), None);
        let other = "[pod/a-1/app] view {\"peers\":[{\"node\":\"a\"}]}\n";
        assert_eq!(complete(&format!("{one}{other}"), 2), None);
        let later = "[pod/a-0/app] view {\"peers\":[{\"node\":\"b\"}]}\n";
        let views = ["{\"peers\":[{\"node\":\"b\"}]}", "{\"peers\":[{\"node\":\"a\"}]}"];
        assert_eq!(complete(&format!("{one}{other}{later}"), 2), Some(views.to_vec()));
        assert_eq!(complete(&format!("{one}{other}{later}"), 3), None);
    }
}
