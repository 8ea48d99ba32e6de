//! Tries every input that is committed with its target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use session_limit_fuzz::{TARGETS, Target};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> BTreeSet<String> {
    files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn try_corpus(name: &str) {
    let (_, target): &(_, Target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = files(&folder("corpus").join(name));
    assert!(!corpus.is_empty(), "the corpus of {name} is empty");
    for file in corpus {
        println!("{}", file.display()); // the last one that is shown is the one that failed
        target(&std::fs::read(&file).unwrap());
    }
}

macro_rules! corpora {
    ($($name:ident),*) => {
        $(#[test] fn $name() { try_corpus(stringify!($name)) })*

        #[test]
        fn every_target_has_a_program_a_corpus_and_a_test() {
            let tested = BTreeSet::from([$(stringify!($name).to_owned()),*]);
            let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(targets, tested);
            assert_eq!(names(&files(&folder("fuzz_targets"))), tested);
            assert_eq!(names(&files(&folder("corpus"))), tested);
            let dictionaries = names(&files(&folder("dictionaries")));
            assert!(dictionaries.is_subset(&tested), "{dictionaries:?}");
        }
    };
}

corpora!(
    delivery,
    document,
    legacy_log,
    login_event,
    memcached_reply,
    session_events,
    stored_state,
    structured_log,
    user_secret
);
