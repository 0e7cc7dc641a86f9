//! Generates the documentation of a Helm chart from its annotated `values.yaml`: `values.schema.json` and the tables in
//! `README.md`. Also checks that the templates match the values.
//!
//! Data passes through `yaml` (nodes and comments with their lines), `comments` (the text and the tags of a comment) and
//! `values` (sections of documented values) to `schema` and `table`; `templates` compares values and templates.

mod comments;
mod schema;
mod table;
mod templates;
mod values;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use values::Values;

/// Write values.schema.json and the tables in README.md from the comments in values.yaml
#[derive(Parser)]
struct Cli {
    /// Write nothing, but fail if a file differs
    #[arg(long)]
    check: bool,
    /// The chart's directory
    chart: PathBuf,
}

fn main() -> ExitCode {
    let Cli { check, chart } = Cli::parse();
    match run(&chart, check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chart: &Path, check: bool) -> Result<()> {
    let values = Values::parse(&read(&chart.join("values.yaml"))?).context("values.yaml")?;
    let readme = read(&chart.join("README.md"))?;
    for (name, text) in [
        ("values.schema.json", schema::render(&values)?),
        ("README.md", table::insert(&readme, &values).context("README.md")?),
    ] {
        publish(&chart.join(name), &text, check)?;
    }
    check_version(&read(&chart.join("Chart.yaml"))?)?;
    check_templates(chart, &values)
}

fn publish(path: &Path, text: &str, check: bool) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        println!("{} is up to date", path.display());
        return Ok(());
    }
    ensure!(!check, "{} does not match values.yaml: run `cargo xtask chart` and commit it", path.display());
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Checks that the chart names the version of the programs that it is developed with.
fn check_version(chart: &str) -> Result<()> {
    let found = &yaml::parse(chart)?.root.to_json()["appVersion"];
    let expected = env!("CARGO_PKG_VERSION");
    ensure!(
        found == expected,
        "Chart.yaml: appVersion is {found}; set it to {expected:?}, that of the workspace"
    );
    Ok(())
}

fn check_templates(chart: &Path, values: &Values) -> Result<()> {
    let name =
        chart.file_name().and_then(|name| name.to_str()).context("the chart's directory has no name")?;
    let files = templates::read(&chart.join("templates"))?;
    let faults = templates::faults(name, &files, values);
    for fault in &faults {
        eprintln!("{fault}");
    }
    ensure!(faults.is_empty(), "the templates do not match values.yaml or the rules of charts");
    println!("the {} templates use all values", files.len());
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_must_have_the_version_of_the_workspace() {
        let chart = format!("version: 7.0.0\nappVersion: {:?}\n", env!("CARGO_PKG_VERSION"));
        assert!(check_version(&chart).is_ok());
        let error = check_version("appVersion: 0.0.1-old\n").unwrap_err().to_string();
        assert!(error.contains("appVersion is \"0.0.1-old\"; set it to"), "{error}");
        assert!(check_version("version: 1\n").is_err());
    }
}
