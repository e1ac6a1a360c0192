//! The committed corpora of the fuzz targets, run through the same code as the fuzzer runs.
//!
//! An input that once showed a fault is kept in `fuzz/corpus/TARGET` under a name that says what it was.

#[path = "../../fuzz/src/bodies/mod.rs"]
mod bodies;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(name)
}

/// What a folder holds, without what git leaves out.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name")).collect()
}

#[test]
fn every_input_of_the_corpora_is_well() {
    for (target, body) in bodies::TARGETS {
        let corpus = folder("corpus").join(target);
        let inputs = names(&corpus);
        assert!(inputs.len() >= 10, "{target} has {} inputs", inputs.len());
        for name in inputs {
            // Shown when the test fails: the last one is at fault.
            println!("{target}/{name}");
            body(&fs::read(corpus.join(&name)).expect("an input"));
        }
    }
}

#[test]
fn every_target_has_its_file_and_its_corpus() {
    let targets: BTreeSet<String> = bodies::TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let files = names(&folder("fuzz_targets"));
    let stems: BTreeSet<String> = files.iter().filter_map(|file| file.strip_suffix(".rs").map(str::to_owned)).collect();
    assert_eq!(stems, targets);
    assert_eq!(names(&folder("corpus")), targets);
    for target in &targets {
        let file = folder("fuzz_targets").join(format!("{target}.rs"));
        let text = fs::read_to_string(file).expect("a target");
        assert!(text.contains(&format!("run(\"{target}\"")), "{target} runs another body");
    }
}
